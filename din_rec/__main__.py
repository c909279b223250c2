"python -m din_rec is the command din_rec"
from . import program  # noqa: F401  # all commands
from .cli import main

if __name__ == '__main__': main()
