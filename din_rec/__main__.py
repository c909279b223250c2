"python -m din_rec is the command din_rec"
from .serve import main

if __name__ == '__main__': main()
