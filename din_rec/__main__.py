"python -m din_rec is the command din_rec"
from .program import main

if __name__ == '__main__': main()
