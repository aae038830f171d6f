import pytest
import support


@pytest.fixture(scope="session")
def sessions(tmp_path_factory):
    """The default 500,000 sessions, as CSV."""
    file = tmp_path_factory.mktemp("data") / "sessions.csv"
    support.covey("generate", "-o", file)
    return file


@pytest.fixture(scope="session")
def few(tmp_path_factory):
    """20,000 generated sessions, as CSV."""
    file = tmp_path_factory.mktemp("data") / "few.csv"
    support.covey("generate", "--rows", 20_000, "-o", file)
    return file


@pytest.fixture
def small(tmp_path):
    """300 sessions, as CSV, in the test's own folder."""
    file = tmp_path / "small.csv"
    file.write_text(support.rows_text(300))
    return file
