"""What is to be decided, written down by hand from the design: nine problems in eight product groups.

An order to Germany that came six days ago; one item of €39.90; a photo where one is needed; she asks for her money.
Faults are claims. Without a fault, money back within the legal time is a withdrawal and counts at once. `later` is the
decision on day 20, when the legal time is over and the shop's own 30 days still run.

Page, letter and staff are held against the same rows.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """`pays` for the way back: the shop, whoever the policy names, or nobody because nothing is sent."""

    reason: str
    group: str
    kind: str
    answer: str
    offers: tuple[str, ...]
    photo: str
    pays: str
    later: str


TABLE = """
damaged      normal        claim      yes swap,money,reduction needed   shop   yes
faulty       normal        claim      yes swap,money           optional shop   yes
wrong_size   normal        withdrawal yes swap,money           never    policy yes
style        normal        withdrawal yes swap,money           never    policy yes
wrong_item   normal        claim      yes swap,money           needed   shop   yes
missing      normal        claim      ask part,money           never    nobody ask
too_late     normal        claim      yes delivery,money       never    shop   yes
changed_mind normal        withdrawal yes money,swap           never    policy yes
other        normal        withdrawal yes money                never    policy ask

damaged      hygiene       claim      yes swap,money,reduction needed   shop   yes
faulty       hygiene       claim      yes swap,money           optional shop   yes
wrong_size   hygiene       withdrawal yes money                never    policy no
style        hygiene       withdrawal yes money                never    policy no
wrong_item   hygiene       claim      yes swap,money           needed   shop   yes
missing      hygiene       claim      ask part,money           never    nobody ask
too_late     hygiene       claim      yes delivery,money       never    shop   yes
changed_mind hygiene       withdrawal yes money                never    policy no
other        hygiene       withdrawal yes money                never    policy ask

damaged      perishable    claim      ask swap,money,reduction needed   nobody ask
faulty       perishable    claim      ask swap,money           needed   nobody ask
wrong_size   perishable    return     no  -                    never    nobody no
style        perishable    return     no  -                    never    nobody no
wrong_item   perishable    claim      ask swap,money           needed   nobody ask
missing      perishable    claim      ask part,money           never    nobody ask
too_late     perishable    claim      ask delivery,money       never    nobody ask
changed_mind perishable    return     no  -                    never    nobody no
other        perishable    return     ask money                optional policy ask

damaged      bulky         claim      ask swap,money,reduction needed   shop   ask
faulty       bulky         claim      ask swap,money           optional shop   ask
wrong_size   bulky         withdrawal yes swap,money           never    shop   ask
style        bulky         withdrawal yes swap,money           never    shop   ask
wrong_item   bulky         claim      ask swap,money           needed   shop   ask
missing      bulky         claim      ask part,money           never    nobody ask
too_late     bulky         claim      ask delivery,money       never    shop   ask
changed_mind bulky         withdrawal yes money,swap           never    shop   ask
other        bulky         withdrawal yes money                never    shop   ask

damaged      made_to_order claim      yes swap,money,reduction needed   shop   yes
faulty       made_to_order claim      yes swap,money           optional shop   yes
wrong_size   made_to_order return     no  -                    never    nobody no
style        made_to_order return     no  -                    never    nobody no
wrong_item   made_to_order claim      yes swap,money           needed   shop   yes
missing      made_to_order claim      ask part,money           never    nobody ask
too_late     made_to_order claim      yes delivery,money       never    shop   yes
changed_mind made_to_order return     no  -                    never    nobody no
other        made_to_order return     ask money                optional policy ask

damaged      digital       claim      yes swap,money,reduction optional nobody yes
faulty       digital       claim      yes swap,money           optional nobody yes
wrong_size   digital       withdrawal yes money                never    nobody no
style        digital       withdrawal yes money                never    nobody no
wrong_item   digital       claim      yes swap,money           optional nobody yes
missing      digital       claim      ask part,money           never    nobody ask
too_late     digital       claim      yes delivery,money       never    nobody yes
changed_mind digital       withdrawal yes money                never    nobody no
other        digital       withdrawal yes money                never    nobody ask

damaged      dangerous     claim      ask swap,money,reduction needed   shop   ask
faulty       dangerous     claim      ask swap,money           optional shop   ask
wrong_size   dangerous     withdrawal yes swap,money           never    shop   ask
style        dangerous     withdrawal yes swap,money           never    shop   ask
wrong_item   dangerous     claim      ask swap,money           needed   shop   ask
missing      dangerous     claim      ask part,money           never    nobody ask
too_late     dangerous     claim      ask delivery,money       never    shop   ask
changed_mind dangerous     withdrawal yes money,swap           never    shop   ask
other        dangerous     withdrawal yes money                never    shop   ask

damaged      high_value    claim      ask swap,money,reduction optional shop   ask
faulty       high_value    claim      ask swap,money           optional shop   ask
wrong_size   high_value    withdrawal yes swap,money           never    policy ask
style        high_value    withdrawal yes swap,money           never    policy ask
wrong_item   high_value    claim      ask swap,money           optional shop   ask
missing      high_value    claim      ask part,money           optional nobody ask
too_late     high_value    claim      ask delivery,money       optional shop   ask
changed_mind high_value    withdrawal yes money,swap           never    policy ask
other        high_value    withdrawal yes money                never    policy ask
"""


def _row(line: str) -> Row:
    reason, group, kind, answer, offers, photo, pays, later = line.split()
    return Row(reason, group, kind, answer, () if offers == "-" else tuple(offers.split(",")), photo, pays, later)


VERDICTS = [_row(line) for line in TABLE.splitlines() if line]
