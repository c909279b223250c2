# Made by .ci/stubs.py: do not edit.
from din_rec.data import Interactions
from din_rec.models import check_model as check_model

__all__ = ['check_feature', 'check_model']

def check_feature(name: str, data: Interactions | None=..., moments: int=..., seed: int=...) -> None: ...
