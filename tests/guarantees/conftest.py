import pytest


@pytest.fixture
def new_address(backend, tmp_path):
    return f"sqlite:///{tmp_path}/new.db"
