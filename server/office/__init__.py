"""The office behind the desk: notes and tags, quick replies, people, departments and their hours, the audit, the report."""
