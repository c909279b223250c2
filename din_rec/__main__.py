"python -m din_rec is the command din_rec"
from .cli import main

if __name__ == '__main__': main()
