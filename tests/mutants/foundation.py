"""What every mutant's tests stand on. Named outside the pattern of tests, so that only `make mutants` collects it."""

from tests.redis_process import RedisProcess


def test_foundation(db: None, redis_process: RedisProcess) -> None:
    """The database is made and the server runs; neither the domain nor the site has done anything yet."""
