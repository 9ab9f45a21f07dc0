"""The case report inside DICOM: an Encapsulated PDF (PS3.3 A.45.1)."""

from __future__ import annotations

import datetime
from typing import Any

from highdicom import SOPClass
from pydicom.dataset import Dataset
from pydicom.uid import EncapsulatedPDFStorage, ExplicitVRLittleEndian
from pydicom.valuerep import DA, TM

from acd_monai.data.dicom_source import DicomSource
from acd_monai.reports.dicom.equipment import object_arguments
from acd_monai.reports.dicom.references import source_instances
from acd_monai.reports.outputs.case_view import CaseView

__all__ = ["EncapsulatedPdf", "make_encapsulated_pdf"]


class EncapsulatedPdf(SOPClass):
    """A PDF in a study.

    Args:
        study: data set with the attributes of patient and study.
        pdf: the document.
        title: of the document.
        names_patient: whether the page itself names the patient.
        arguments: of highdicom's SOPClass.
    """

    def __init__(self, study: Dataset, pdf: bytes, title: str, names_patient: bool, **arguments: Any) -> None:
        equipment = arguments.pop("contributing_equipment", [])
        super().__init__(
            study_instance_uid=study.StudyInstanceUID,
            sop_class_uid=EncapsulatedPDFStorage,
            modality="DOC",
            transfer_syntax_uid=ExplicitVRLittleEndian,
            patient_id=study.PatientID,
            patient_name=study.PatientName,
            patient_birth_date=study.PatientBirthDate,
            patient_sex=study.PatientSex,
            accession_number=study.AccessionNumber,
            study_id=study.StudyID,
            study_date=study.StudyDate,
            study_time=study.StudyTime,
            referring_physician_name=study.ReferringPhysicianName,
            specific_character_set=study.get("SpecificCharacterSet"),
            **arguments,
        )
        self.copy_patient_and_study_information(study)
        self.ContributingEquipmentSequence = equipment
        now = datetime.datetime.now().replace(microsecond=0)
        self.ConversionType = "WSD"
        self.ContentDate, self.ContentTime = DA(now.date()), TM(now.time())
        self.AcquisitionDateTime = None
        self.BurnedInAnnotation = "YES" if names_patient else "NO"
        self.DocumentTitle = title
        self.ConceptNameCodeSequence: list[Dataset] = []
        self.MIMETypeOfEncapsulatedDocument = "application/pdf"
        self.EncapsulatedDocument = pdf + b"\0" * (len(pdf) % 2)
        self.EncapsulatedDocumentLength = len(pdf)


def make_encapsulated_pdf(
    view: CaseView, source: DicomSource, study: Dataset, pdf: bytes, number: int
) -> EncapsulatedPdf:
    """Make the object.

    Args:
        view: the case.
        source: where its image comes from.
        study: data set with the attributes of patient and study.
        pdf: the case report.
        number: of its series in the study.
    """
    title = "Anomaly report, research use only, not for diagnosis"
    made = EncapsulatedPdf(study, pdf, title, view.with_patient, **object_arguments(view, number, "Anomaly report"))
    made.SourceInstanceSequence = source_instances(source.slices)
    return made
