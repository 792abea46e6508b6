"""Each file of a run has an identifier that a regulator can name, and only it."""

from backend.domain.message_identifiers import MAX_LENGTH, identifier_of_file

RUN = "OR" + "0193AB" * 4 + "77FE"


def test_the_first_file_has_the_identifier_of_the_run():
    assert identifier_of_file(RUN, 1) == RUN


def test_further_files_have_their_own_which_fit_the_message():
    found = {identifier_of_file(RUN, number) for number in range(1, 20_002)}
    assert len(found) == 20_001
    assert max(map(len, found)) == MAX_LENGTH
    assert identifier_of_file(RUN, 2) == f"{RUN}-2"
