"""The office: notes, quick replies, departments, the audit trail, and the figures of a report."""
