# Made by .ci/stubs.py: do not edit.


__all__ = ['add_page']

def add_page(app): ...
