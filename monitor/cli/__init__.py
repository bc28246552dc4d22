"""The command line: each command parses, calls, prints and sets an exit code; decides nothing."""
