"""A return parcel that every adapter's label tests may ask for."""

from carriers import LabelWanted

WANTED = LabelWanted(
    reference="R-7K3QFAB2-1",
    sender_name="Customer",
    sender_street="Lister Meile 1",
    sender_postcode="30161",
    sender_city="Hannover",
    sender_country="DE",
    receiver_name="Shop",
    receiver_street="Messe-Allee 1",
    receiver_postcode="04356",
    receiver_city="Leipzig",
    receiver_country="DE",
    weight_g=800,
    sender_email="ada@example.com",
    sender_phone="+30 21 0000 0001",
)
