"""What runtime APIs answer where the metadata does not tell (version 14): the functions that simnet asks.

Written here is what only answers are made of; what is stored too has its types in the runtime's metadata. Layouts are
those of polkadot-primitives (runtime_api.rs, v9/mod.rs), sp-consensus-babe, sp-consensus-grandpa, sp-consensus-aura,
cumulus-primitives-aura and cumulus-primitives-core. Where one changed, it has the version of its API from which it
holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from simnet.chain._type_registry import Types
from simnet.chain._written_types import Declared, Enum, WrittenTypes
from simnet.codec import blake2_64

_KEYS = "Vec<([u8; 32], u64)>"

_FIRST_COLLATION_INFO = {
    "upward_messages": "Vec<Vec<u8>>",
    "horizontal_messages": "Vec<OutboundHrmpMessage>",
    "new_validation_code": "Option<Vec<u8>>",
    "processed_downward_messages": "u32",
    "hrmp_watermark": "u32",
}

_DECLARED: Declared = {
    "BabeConfiguration": {
        "slot_duration": "u64",
        "epoch_length": "u64",
        "c": "(u64, u64)",
        "authorities": _KEYS,
        "randomness": "[u8; 32]",
        "allowed_slots": "AllowedSlots",
    },
    "Epoch": {
        "epoch_index": "u64",
        "start_slot": "u64",
        "duration": "u64",
        "authorities": _KEYS,
        "randomness": "[u8; 32]",
        "config": "BabeEpochConfiguration",
    },
    "GroupRotationInfo": {"session_start_block": "u32", "group_rotation_frequency": "u32", "now": "u32"},
    "CandidateDescriptor": {
        "para_id": "u32",
        "relay_parent": "[u8; 32]",
        "collator": "[u8; 32]",
        "persisted_validation_data_hash": "[u8; 32]",
        "pov_hash": "[u8; 32]",
        "erasure_root": "[u8; 32]",
        "signature": "[u8; 64]",
        "para_head": "[u8; 32]",
        "validation_code_hash": "[u8; 32]",
    },
    "CandidateReceipt": {"descriptor": "CandidateDescriptor", "commitments_hash": "[u8; 32]"},
    "ScheduledCore": {"para_id": "u32", "collator": "Option<[u8; 32]>"},
    "OccupiedCore": {
        "next_up_on_available": "Option<ScheduledCore>",
        "occupied_since": "u32",
        "time_out_at": "u32",
        "next_up_on_time_out": "Option<ScheduledCore>",
        "availability": "BitVec",
        "group_responsible": "u32",
        "candidate_hash": "[u8; 32]",
        "candidate_descriptor": "CandidateDescriptor",
    },
    "CoreState": Enum({0: "Occupied(OccupiedCore)", 1: "Scheduled(ScheduledCore)", 2: "Free"}),
    "CandidateEvent": Enum(
        {
            0: "CandidateBacked(CandidateReceipt, Vec<u8>, u32, u32)",
            1: "CandidateIncluded(CandidateReceipt, Vec<u8>, u32, u32)",
            2: "CandidateTimedOut(CandidateReceipt, Vec<u8>, u32)",
        }
    ),
    "SlashingOffenceKind": Enum({0: "ForInvalid", 1: "AgainstValid"}),
    "LegacyPendingSlashes": {"keys": "BTreeMap<u32, [u8; 32]>", "kind": "SlashingOffenceKind"},
    "PersistedValidationData": {
        "parent_head": "Vec<u8>",
        "relay_parent_number": "u32",
        "relay_parent_storage_root": "[u8; 32]",
        "max_pov_size": "u32",
    },
    "FirstCollationInfo": _FIRST_COLLATION_INFO,
    "CollationInfo": {**_FIRST_COLLATION_INFO, "head_data": "Vec<u8>"},
}
_ANSWERS: dict[str, dict[int, str]] = {
    "ParachainHost_approval_voting_params": {10: "ApprovalVotingParams"},
    "ParachainHost_availability_cores": {1: "Vec<CoreState>"},
    "ParachainHost_candidate_events": {1: "Vec<CandidateEvent>"},
    "ParachainHost_claim_queue": {11: "BTreeMap<u32, Vec<u32>>"},
    "ParachainHost_disabled_validators": {8: "Vec<u32>"},
    "ParachainHost_disputes": {3: "Vec<(u32, [u8; 32], DisputeState)>"},
    "ParachainHost_key_ownership_proof": {5: "Option<Vec<u8>>"},
    "ParachainHost_minimum_backing_votes": {6: "u32"},
    "ParachainHost_node_features": {9: "BitVec"},
    "ParachainHost_on_chain_votes": {1: "Option<ScrapedOnChainVotes>"},
    "ParachainHost_persisted_validation_data": {1: "Option<PersistedValidationData>"},
    "ParachainHost_scheduling_lookahead": {13: "u32"},
    "ParachainHost_session_executor_params": {4: "Option<ExecutorParams>"},
    "ParachainHost_session_index_for_child": {1: "u32"},
    "ParachainHost_session_info": {1: "Option<SessionInfo>"},
    "ParachainHost_unapplied_slashes": {5: "Vec<(u32, [u8; 32], LegacyPendingSlashes)>"},
    "ParachainHost_unapplied_slashes_v2": {15: "Vec<(u32, [u8; 32], PendingSlashes)>"},
    "ParachainHost_validation_code_hash": {1: "Option<[u8; 32]>"},
    "ParachainHost_validator_groups": {1: "(Vec<Vec<u32>>, GroupRotationInfo)"},
    "ParachainHost_validators": {1: "Vec<[u8; 32]>"},
    "BabeApi_configuration": {2: "BabeConfiguration"},
    "BabeApi_current_epoch": {2: "Epoch"},
    "BabeApi_generate_key_ownership_proof": {2: "Option<Vec<u8>>"},
    "BabeApi_next_epoch": {2: "Epoch"},
    "GrandpaApi_generate_key_ownership_proof": {2: "Option<Vec<u8>>"},
    "GrandpaApi_grandpa_authorities": {2: _KEYS},
    "AuraApi_authorities": {1: "Vec<[u8; 32]>"},
    "AuraApi_slot_duration": {1: "u64"},
    "AuraUnincludedSegmentApi_can_build_upon": {1: "bool"},
    "CollectCollationInfo_collect_collation_info": {1: "FirstCollationInfo", 2: "CollationInfo"},
    "RelayParentOffsetApi_relay_parent_offset": {1: "u32"},
}
"""The type of each answer, by the version of the API from which it holds; before the first one there is no such
function (`api_version` of each in runtime_api.rs)."""


def known_apis(metadata: Types, versions: Mapping[bytes, int]) -> tuple[Types, dict[str, int]]:
    """Types, and the type of the answer of each function, of a runtime that has the APIs of these versions; they are
    named by hashes, as in ``RuntimeVersion.apis``. A function whose answer neither the table nor the metadata has the
    type of is left out."""
    written = WrittenTypes(_DECLARED, metadata)
    found: dict[str, int] = {}
    for function, by_version in _ANSWERS.items():
        version = versions.get(blake2_64(function.partition("_")[0].encode()), 0)
        texts = [text for since, text in by_version.items() if since <= version]
        if texts:
            with suppress(ValueError):
                found[function] = written.of(texts[-1])
    return written.types, found
