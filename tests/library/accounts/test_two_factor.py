"""Tests of two-factor authentication: the second factor and its recovery codes."""

from library.accounts import two_factor


def test_each_recovery_code_works_once(library, mentor):
    """A recovery code works once. Upper case and blanks do not matter. Only its hash is stored."""
    with library.transaction() as db:
        codes = two_factor.enable(db, mentor.viewer, "sealed", 1)
        factor = two_factor.for_person(db, mentor.id)
        typed = codes[0].upper().replace("-", " ")

        assert len(set(codes)) == two_factor.CODES
        assert not set(codes) & set(factor.recovery)
        assert two_factor.use_recovery_code(db, factor, typed)
        assert not two_factor.use_recovery_code(db, factor, typed)


def test_new_codes_end_the_earlier_ones(library, mentor):
    """New recovery codes make the earlier codes invalid."""
    with library.transaction() as db:
        first = two_factor.enable(db, mentor.viewer, "sealed", 1)
        factor = two_factor.for_person(db, mentor.id)
        second = two_factor.renew_codes(db, factor)

        assert not two_factor.use_recovery_code(db, factor, first[0])
        assert two_factor.use_recovery_code(db, factor, second[0])


def test_a_removed_factor_is_gone(library, admin, mentor):
    """After an administrator removes the second factor of an account, the account has none."""
    with library.transaction() as db:
        two_factor.enable(db, mentor.viewer, "sealed", 1)
        assert two_factor.owners(db) == {mentor.id}
        two_factor.remove(db, admin.viewer, mentor.id)

        assert two_factor.for_person(db, mentor.id) is None
        assert two_factor.owners(db) == set()
