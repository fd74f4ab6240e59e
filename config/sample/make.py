#!/usr/bin/env python3
"""Makes the bundled sample of support tickets, tickets-{faq,chat,email,phone}.jsonl.

usage: make.py DATA_FOLDER [OUTPUT_FOLDER]

The texts are real and unchanged; which data set each came from shows in its `ref` (README.md lists them with
their licences). Everything else about a ticket, its customer and its order, is invented, but the same every time:
choices hang on hashes of the text and nothing is random, so two runs give the same bytes.
"""

import hashlib
import json
import pathlib
import re
import sys

PRIVATE = re.compile(
    r"\d{5}|\d[\d -]{7}\d|@|https?:|www\.|\b(?:my name is|name is|this is|myself|i am mr|i am mrs|ssn|"
    r"social security|account (?:number|no) is|password is|pin is|card number is|phone number is|"
    r"date of birth|mother'?s? maiden)\b", re.I)
RUDE = re.compile(r"\b(?:f+u+c*k\w*|sh[i1]t\w*|crap\w*|damn\w*|hell|bitch\w*|bastard\w*|ass|arse|sucks?|idiot\w*|"
                  r"moron\w*|stupid\w*|dumb\w*|kill\w*|porn\w*|sexy?|engorged|drugs?|gun|guns)\b", re.I)

ORDERS = {  # profile: possible order states, days late from and to, value from and to
    "delivery": (["shipped", "shipped", "delivered"], -2, 9, 8, 240),
    "placed": (["placed"], None, None, 10, 600),
    "returned": (["returned", "delivered", "cancelled"], None, None, 12, 480),
    "delivered": (["delivered"], None, None, 15, 900),
}
PRODUCTS = ["electronics", "fashion", "home", "toys", "books", "beauty", "garden", "grocery"]

# data set, file, channel, {label: (how many, order profile)}; labels are the data set's own intents.
PLAN = [
    ("banking77", "banking77/train.jsonl", "faq", {
        "request_refund": (40, "delivered"), "Refund_not_showing_up": (30, "returned"),
        "transaction_charged_twice": (25, "placed"), "declined_card_payment": (25, None),
        "card_payment_fee_charged": (12, None), "extra_charge_on_statement": (18, None),
        "card_payment_not_recognised": (14, None), "passcode_forgotten": (20, None),
        "edit_personal_details": (20, None), "terminate_account": (18, None),
        "card_delivery_estimate": (16, None), "card_arrival": (16, None),
        "verify_my_identity": (10, None), "unable_to_verify_identity": (10, None),
        "visa_or_mastercard": (8, None), "pending_card_payment": (10, None),
        "reverted_card_payment?": (8, None), "lost_or_stolen_card": (8, None)}),
    ("clinc150", "clinc150/train.jsonl", "faq", {
        "order_status": (36, "delivery"), "redeem_rewards": (10, None), "rewards_balance": (10, None),
        "card_declined": (10, None), "report_fraud": (8, None), "replacement_card_duration": (8, None),
        "account_blocked": (8, None), "lost_luggage": (4, None), "international_fees": (4, None)}),
    ("multidogo", "multidogo/software.train.jsonl", "chat", {
        "reportbrokensoftware": (50, None), "softwareupdate": (22, None), "startorder": (34, None),
        "changeorder": (12, "placed"), "stoporder": (6, "placed"), "checkserverstatus": (8, None),
        "getpromotions": (6, None), "expensereport": (4, None)}),
    ("multidogo", "multidogo/media.train.jsonl", "chat", {
        "startserviceintent": (26, None), "viewbillsintent": (16, None), "cancelserviceintent": (6, None),
        "getinformationintent": (14, None), "transferserviceintent": (6, None), "updateaccountinfo": (3, None)}),
    ("multidogo", "multidogo/finance.train.jsonl", "chat", {
        "disputecharge": (40, None), "reportlostcard": (24, None), "updateaddress": (24, None),
        "closeaccount": (18, None), "replacecard": (10, None), "checkoffereligibility": (6, None)}),
    ("multidogo", "multidogo/insurance.train.jsonl", "chat", {
        "reportbrokenphone": (36, "delivered"), "checkclaimstatus": (16, None), "getproofofinsurance": (8, None)}),
    ("multidogo", "multidogo/airline.train.jsonl", "chat", {
        "changeseatassignment": (6, None), "bookflight": (6, None), "getboardingpass": (4, None)}),
    ("multidogo", "multidogo/fastfood.train.jsonl", "chat", {"orderpizzaintent": (8, None)}),
    ("banking77", "banking77/train.jsonl", "email", {
        "request_refund": (34, "delivered"), "Refund_not_showing_up": (34, "returned"),
        "transaction_charged_twice": (34, "placed"), "card_payment_not_recognised": (16, None),
        "compromised_card": (16, None), "declined_card_payment": (20, None),
        "extra_charge_on_statement": (16, None), "edit_personal_details": (10, None),
        "card_arrival": (12, None), "direct_debit_payment_not_recognised": (10, None),
        "reverted_card_payment?": (12, None), "passcode_forgotten": (8, None)}),
    ("nlupp-banking", "nlupp/banking.train.jsonl", "phone", {
        "refund": (30, "returned"), "wrong_notworking_notshowing": (30, None), "lost_stolen": (16, None),
        "cancel_close_leave_freeze": (12, None), "change": (12, None), "arrival": (12, None),
        "handoff": (20, None), "pin": (8, None), "direct_debit": (8, None)}),
    ("nlupp-hotels", "nlupp/hotels.train.jsonl", "phone", {
        "cancel_close_leave_freeze": (8, None), "change": (8, None), "wrong_notworking_notshowing": (12, None)}),
    ("clinc150", "clinc150/train.jsonl", "phone", {
        "order_status": (36, "delivery"), "report_fraud": (10, None), "report_lost_card": (8, None),
        "damaged_card": (14, None), "card_declined": (10, None), "account_blocked": (8, None),
        "order": (8, None), "pay_bill": (6, None)}),
    ("banking77", "banking77/train.jsonl", "phone", {
        "request_refund": (20, "delivered"), "Refund_not_showing_up": (20, "returned"),
        "transaction_charged_twice": (16, "placed"), "declined_card_payment": (10, None),
        "extra_charge_on_statement": (10, None), "edit_personal_details": (8, None)}),
]
BANK_ONLY = re.compile(r"\b(?:overdraft|mortgages?|loans?|isa|interest rates?|savings|bonds?|standing orders?|appointment)\b", re.I)
REVIEWS = 130  # product reviews that become feedback mails
SOCIAL = {"contentonly", "confirmation", "openinggreeting", "rejection", "thankyou", "outofdomain", "closinggreeting"}


def number(*parts):
    """A number that hangs on `parts` alone."""
    return int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest()[:6], "big")


def pick(choices, *parts):
    """One of `choices`; a dictionary gives weights."""
    if isinstance(choices, dict):
        choices = [name for name, weight in choices.items() for _ in range(weight)]
    return choices[number(*parts) % len(choices)]


def acceptable(text, words_min, words_max):
    words = len(text.split())
    return words_min <= words <= words_max and not any(
        pattern.search(text) for pattern in (PRIVATE, RUDE, BANK_ONLY))


def customer_at(ref):
    """One of 600 customers, who are the same whenever they write."""
    who = f"c-{number('customer', ref) % 600 + 1:04}"
    customer = {
        "id": who, "kind": "buyer",
        "tier": pick({"standard": 62, "prime": 24, "business": 9, "vip": 5}, "tier", who),
        "activity": pick({"new": 15, "active": 50, "occasional": 22, "lapsed": 13}, "activity", who),
        "contacts": pick({0: 45, 1: 25, 2: 14, 3: 8, 4: 5, 7: 3}, "contacts", who),
        "marketplace": pick({"com": 46, "co.uk": 32, "de": 8, "fr": 5, "es": 3, "it": 3, "co.jp": 3}, "shop", who),
    }
    attitude = pick({"promoter": 22, "passive": 20, "detractor": 14, "": 44}, "attitude", who)
    if attitude:
        customer["attitude"] = attitude
        scores = {"promoter": [9, 10], "passive": [7, 8], "detractor": [1, 3, 5, 6]}
        customer["nps"] = pick(scores[attitude], "nps", who)
    return customer


def order_at(ref, profile):
    states, late_from, late_to, value_from, value_to = ORDERS[profile]
    order = {
        "id": f"o-{number('order', ref) % 900000 + 100000}",
        "value": round(value_from + number("value", ref) % (100 * (value_to - value_from)) / 100, 2),
        "status": pick(states, "state", ref),
        "product": pick(PRODUCTS, "product", ref),
    }
    if late_from is not None:
        order["days_late"] = late_from + number("late", ref) % (late_to - late_from + 1)
    return order


def subject_of(text):
    """The first sentence, cut at a word if it is long."""
    first = re.split(r"(?<=[.!?])\s", text.strip())[0]
    if len(first) <= 70:
        return first.rstrip(" .")
    return first[:67].rsplit(" ", 1)[0].rstrip(" ,.;") + "..."


def ticket(ref, channel, text, profile):
    line = {"ref": ref, "channel": channel, "language": "en", "customer": customer_at(ref)}
    if channel == "email":
        line["subject"] = subject_of(text)
    line["body"] = text
    if profile and number("has order", ref) % 4:  # one in four does not say which order
        line["order"] = order_at(ref, profile)
    return line


def read(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def labelled(folder, file):
    """(label, text) pairs of a data set; a dialogue gives its first three turns that state an issue."""
    for record in read(folder / file):
        if "turns" not in record:
            if any("name" in slot for slot in record.get("slots", {})):
                continue
            for label in record.get("intents", [record.get("intent")]):
                yield label, record["text"].strip()
            continue
        issues = [turn for turn in record["turns"] if set(turn["intents"]) - SOCIAL][:3]
        texts = list(dict.fromkeys(turn["text"].strip() for turn in issues if len(turn["text"].split()) > 2))
        if texts and len(issues[0]["intents"]) == 1:
            yield issues[0]["intents"][0], "\n".join(texts)


def planned_tickets(folder):
    """Every ticket of PLAN, no text twice."""
    seen = set()
    counts = {}
    for source, file, channel, wanted in PLAN:
        words_min, words_max = {"faq": (4, 22), "chat": (4, 60), "email": (18, 120), "phone": (5, 60)}[channel]
        by_label = {label: [] for label in wanted}
        for label, text in labelled(folder, file):
            if label in by_label and acceptable(text, words_min, words_max):
                by_label[label].append(text)
        for label, (count, profile) in wanted.items():
            fresh = [text for text in sorted(set(by_label[label]), key=lambda text: number("order", text))
                     if text.casefold() not in seen][:count]
            seen.update(text.casefold() for text in fresh)
            for text in fresh:
                place = counts[channel, source] = counts.get((channel, source), 0) + 1
                yield ticket(f"sample-{channel}-{source}-{place:04}", channel, text, profile)


def review_mails(folder):
    """Product reviews, their sentences put together again, as mails that answer a request for feedback."""
    reviews = {}
    for sentence in read(folder / "sentiment/reviews.jsonl"):
        review, place = map(int, sentence["id"].split("_"))
        reviews.setdefault(review, []).append((place, sentence["text"].strip(), sentence["valence"]))
    count = 0
    for review, sentences in sorted(reviews.items()):
        sentences = sorted(sentences)[:6]
        text = " ".join(sentence for _, sentence, _ in sentences)
        if count == REVIEWS or not acceptable(text, 12, 150):
            continue
        count += 1
        valence = sum(valence for _, _, valence in sentences) / len(sentences)
        line = ticket(f"sample-email-reviews-{count:04}", "email", text, "delivered")
        line["source"] = "feedback-survey"
        line["customer"]["attitude"] = "detractor" if valence < -0.5 else "promoter" if valence > 1 else "passive"
        line["customer"]["nps"] = max(0, min(10, round(6.5 + 1.7 * valence)))
        line["order"] = order_at(line["ref"], "delivered") | {"product": "electronics"}
        yield line


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[1])
    output = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else pathlib.Path(__file__).resolve().parent
    tickets = [*planned_tickets(folder), *review_mails(folder)]
    for channel in ("faq", "chat", "email", "phone"):
        lines = [line for line in tickets if line["channel"] == channel]
        with open(output / f"tickets-{channel}.jsonl", "w", encoding="utf-8") as file:
            for line in lines:
                file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
        print(f"{channel}: {len(lines)} tickets")


if __name__ == "__main__":
    main()
