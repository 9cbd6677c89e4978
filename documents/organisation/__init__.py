"""The organisation file: who runs this Duly, its boards, posts and people (YAML 1.2).

`read_organisation` gives an `OrganisationFile` in which every key that is referred to exists, or
raises `BadConfiguration`: one sentence for each thing that is wrong, with its key and line.
"""

from documents.organisation.reading import read_organisation

__all__ = ["read_organisation"]
