"""People as platforms and CRMs really hold them: any letter, blanks, names of three hundred characters."""

from hypothesis import strategies as st

from giftbridge.domain.contact import Address, Contact

LETTERS = st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn", "Co"])
WORDS = st.one_of(
    st.text(LETTERS, min_size=1, max_size=12).map(str.strip).filter(bool),
    st.sampled_from(["Ada", "Łane", "O'Neil-Smith", "李小龙", "Ada 🎈", "👩‍🚀", "<b>Ada</b>", "A" * 300, "=1+1"]),
)
BLANK_OR_WORDS = st.one_of(st.just(""), WORDS)
EMAILS = st.one_of(
    st.just(""),
    st.from_regex(r"[a-z][a-z0-9]{0,8}(\.[a-z]{1,8})?@example\.(org|com)", fullmatch=True),
    st.sampled_from(["Ada.Lane@Example.ORG", "ada+gala@example.org", "not an address"]),
)
PHONES = st.one_of(
    st.just(""),
    st.from_regex(r"\(?20[1-9]\)? ?555-0[0-9]{3}", fullmatch=True),
    st.sampled_from(["+44 20 7946 0958", "+1 202-555-0143 ext. 12", "ask my assistant"]),
)
HOME = st.builds(
    Address,
    street=WORDS,
    city=BLANK_OR_WORDS,
    state=st.sampled_from(["", "NY", "CA", "TX"]),
    postal_code=st.sampled_from(["", "10001", "94110-1234"]),
    country=st.sampled_from(["", "US"]),
)
ADDRESSES = st.one_of(st.just(Address()), HOME)
FLAGS = st.booleans()
PEOPLE = st.builds(
    Contact,
    first_name=WORDS,
    last_name=WORDS,
    email=EMAILS,
    phone=PHONES,
    address=ADDRESSES,
    email_opt_out=FLAGS,
    do_not_call=FLAGS,
    do_not_mail=FLAGS,
)
ORGANISATIONS = st.builds(
    Contact,
    kind=st.just("organisation"),
    organisation_name=WORDS,
    email=EMAILS,
    phone=PHONES,
    address=ADDRESSES,
    email_opt_out=FLAGS,
)
CONTACTS = st.one_of(PEOPLE, ORGANISATIONS)
ANY_CONTACTS = st.one_of(
    CONTACTS, st.builds(Contact, first_name=BLANK_OR_WORDS, last_name=BLANK_OR_WORDS, email=EMAILS, address=ADDRESSES)
)
