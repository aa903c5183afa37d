"""presidio-analyzer's stock recognisers on lines {"text"}: one line [[type, start, end], ...] each.

All recognisers for Britain and the general ones are on, with context words; there is no language model (a blank spaCy pipeline), so that
names of persons are not found. Findings under 0.4, Presidio's own floor where a context word is near, are left out."""
import json
import sys

import spacy
from presidio_analyzer import AnalyzerEngine, RecognizerRegistry, predefined_recognizers as known
from presidio_analyzer.nlp_engine import SpacyNlpEngine

TYPES = {"UK_NHS": "UK_NHS", "UK_NINO": "UK_NINO", "UK_DRIVING_LICENCE": "UK_DRIVING_LICENCE", "UK_PASSPORT": "UK_PASSPORT",
         "CREDIT_CARD": "CREDIT_CARD", "IBAN_CODE": "IBAN", "DATE_TIME": "DOB", "PHONE_NUMBER": "PHONE", "EMAIL_ADDRESS": "EMAIL",
         "UK_POSTCODE": "POSTCODE", "IP_ADDRESS": "IP_ADDRESS", "US_SSN": "US_SSN", "ES_NIF": "EU_NATIONAL_ID",
         "ES_NIE": "EU_NATIONAL_ID", "PL_PESEL": "EU_NATIONAL_ID"}
NAMES = ["NhsRecognizer", "UkNinoRecognizer", "UkDrivingLicenceRecognizer", "UkPassportRecognizer", "UkPostcodeRecognizer",
         "CreditCardRecognizer", "IbanRecognizer", "DateRecognizer", "EmailRecognizer", "IpRecognizer", "UsSsnRecognizer",
         "EsNifRecognizer", "EsNieRecognizer", "PlPeselRecognizer"]


class Blank(SpacyNlpEngine):
    """A tokeniser and nothing more."""

    def __init__(self):
        super().__init__()
        self.nlp = {"en": spacy.blank("en")}
        self.nlp["en"].add_pipe("sentencizer")

    def load(self):
        pass

    def is_loaded(self):
        return True


registry = RecognizerRegistry()
for name in NAMES:
    recogniser = getattr(known, name, None)
    if recogniser:
        registry.add_recognizer(recogniser(supported_language="en"))
registry.add_recognizer(known.PhoneRecognizer(supported_language="en", supported_regions=["GB"]))
engine = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
for line in sys.stdin:
    results = engine.analyze(json.loads(line)["text"], language="en", score_threshold=0.4)
    print(json.dumps([[TYPES[r.entity_type], r.start, r.end] for r in results if r.entity_type in TYPES]))
