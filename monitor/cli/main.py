"""The command `wirewatch`, and what each kind of trouble leads to."""

import errno
import sys
import traceback

import click

from monitor import __version__
from monitor.cli import daemon, desk, digest, feeds, look, output, rules, trackers, why
from monitor.errors import ConfigError, StoreError, WirewatchError

PROBLEMS, UNUSABLE, BUG = 1, 3, 70


class Group(click.Group):
    """Turns foreseen trouble into one clear message and an exit code: 1 problems, 2 usage, 3 a part cannot be used."""

    def invoke(self, context: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(context)
        except ConfigError as error:
            output.problems(error.problems)
            context.exit(PROBLEMS)
        except StoreError as error:
            output.fail(str(error))
            context.exit(UNUSABLE)
        except WirewatchError as error:
            output.fail(str(error))
            context.exit(PROBLEMS)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except OSError as error:
            # `| head -1` closes the pipe and is content; click knows how to end then.
            if error.errno == errno.EPIPE:
                raise
            output.fail(f"this cannot be read or written: {error.strerror} {error.filename or ''}".rstrip())
            context.exit(UNUSABLE)
        except Exception:  # noqa: BLE001 - the traceback is all that can be done; systemd restarts what ends with 70
            traceback.print_exc()
            output.fail("this is a bug in wirewatch; please report the lines above")
            context.exit(BUG)


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="wirewatch")
def main() -> None:
    """Watch wire and press feeds for the developments that matter, and alert once for each.

    \b
    wirewatch check                  is the desk in order?
    wirewatch once                   poll what is due, alert, stop
    wirewatch run                    the daemon
    wirewatch status                 how it is doing
    wirewatch why https://...        why an entry alerted, or did not

    Exit codes: 0 fine, 1 problems found, 2 wrong usage, 3 the store or another part cannot be used now, 70 a bug.
    """
    # A terminal with an old encoding gets question marks; standard output may be closed altogether.
    if sys.stdout is not None:
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]


for command in (
    daemon.run, daemon.once, daemon.send_test, daemon.replay,
    desk.check, rules.rules,
    feeds.feeds, look.status, why.why, look.stories, look.alerts, look.deliveries, digest.digest, trackers.trackers,
):  # fmt: skip
    main.add_command(command)
