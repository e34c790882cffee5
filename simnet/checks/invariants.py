"""What holds in every run, asked for or not. Each says on what precondition."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from simnet.checks._check import Finding, Status, idle_acts, invariant, pointer
from simnet.checks.coverage import Coverage
from simnet.checks.excuses import Excuses, excused_in_words
from simnet.checks.gone_over import upgraded_chains_go_on
from simnet.checks.honesty import VOTES_TWICE, Majority, keys_of, suspended, too_many
from simnet.checks.invalid_candidates import no_invalid_candidate_final
from simnet.checks.ledgers import leg_ended, leg_sent
from simnet.checks.messages import ends_read
from simnet.checks.offences import disputes, offences
from simnet.checks.seated import every_validator_seated
from simnet.checks.upgrades import code_as_asked
from simnet.checks.watched import joins_late, unheard, unread
from simnet.journal import Evidence, Head, MessageTrace, Reader, RelayTime
from simnet.journal.records import FaultFailed, FinalizedHead, NodeDown, NodeUp, QueueRead, RuntimeEvent, WindowDone


def _finding(
    name: str,
    expected: str,
    problems: list[tuple[str, str]],
    seen: str,
    coverage: Coverage | None = None,
    *,
    certain: bool = True,
) -> Finding:
    """``problems`` are (what was seen, where to look); none means that it held, if ``coverage`` lacks nothing. They are
    ``certain`` where a later record could not explain them."""
    lacking = coverage.lacking(held=not problems, certain=bool(problems)) if coverage is not None else ""
    status = Status.FAILED if problems else Status.INCONCLUSIVE if lacking else Status.HELD
    told = "; ".join(text for text, _ in problems[:5]) or seen
    where = [place for _, place in problems[:5] if place]
    return invariant(name, expected, status, "; ".join(filter(None, (told, lacking))), where, certain=certain)


def _silent(name: str, expected: str, why: str) -> Finding:
    """Nothing was seen that the invariant could have been broken by: that proves nothing."""
    return invariant(name, expected, Status.INCONCLUSIVE, why)


def no_conflicting_finality(evidence: Evidence) -> Finding:
    """All finalized blocks of a chain lie on one branch.

    Precondition: at most f = floor((n-1)/3) validators that may vote twice in a round. From the first session with more
    on it is suspended.
    """
    name, expected = "no conflicting finality", "all blocks that any node finalized lie on one chain"
    problems: list[tuple[str, str]] = []
    count = 0
    first = float("inf")
    for chain in evidence.chains():
        tip = evidence.tip(chain)
        if tip is None:
            continue
        on_branch = {block.height: block.hash for block in evidence.ancestors(chain, tip.hash)}
        at_height: dict[int, tuple[str, str]] = {}
        for node in evidence.nodes(chain):
            for head in evidence.finalized[node]:
                count += 1
                known = on_branch.get(head.height)
                other, whose = at_height.setdefault(head.height, (head.hash, node))
                if (known is not None and known != head.hash) or other != head.hash:
                    against = known or other
                    first = min(first, head.t)
                    problems.append(
                        (
                            f"{chain} block {head.height}: {node} finalized {head.hash[:10]}, against {against[:10]}"
                            f"{'' if other == head.hash else f' of {whose}'}",
                            _where(evidence, node, head),
                        )
                    )
    if not count:
        return _silent(name, expected, "no node showed a finalized block")
    seen = f"{count} finalized heads on {len(evidence.chains())} chains agree"
    found = _finding(name, expected, problems, seen, unheard(evidence, evidence.nodes()))
    time = RelayTime(evidence)
    majority = too_many(evidence, time, VOTES_TWICE)
    earlier = majority is not None and problems and time.session(time.slot(first)) < majority.session
    return found if earlier else suspended(found, majority)


def finality_monotone(evidence: Evidence) -> Finding:
    """A node's finalized height never falls while it keeps its database; a wipe starts a new incarnation.

    A process that was killed may come back behind: its database had not written the last commits yet. What it had
    shown final stays binding for `no conflicting finality`.
    """
    name = "finality monotone"
    expected = "no node's finalized height falls within one incarnation, but for writes that a kill lost"
    problems: list[tuple[str, str]] = []
    lost: list[str] = []
    count = 0
    for node in evidence.nodes():
        killed = _starts_after_a_kill(evidence, node)
        for one, two in pairwise(evidence.finalized[node]):
            count += 1
            if one.incarnation != two.incarnation or two.height >= one.height:
                continue
            if any(one.t <= start <= two.t for start in killed):
                lost.append(f"{node} came back at {two.height} after {one.height}")
            else:
                problems.append(
                    (f"{node} fell from {one.height} to {two.height} at {two.t:.1f} s", _where(evidence, node, two))
                )
    if not count:
        return _silent(name, expected, "no node showed two finalized heads")
    seen = f"{count} steps, all upwards" + (f", but killed {', '.join(lost)}" if lost else "")
    return _finding(name, expected, problems, seen, unheard(evidence, evidence.nodes()))


def _starts_after_a_kill(evidence: Evidence, node: str) -> list[float]:
    """When the node's process started after one that did not end by itself in good order."""
    ends = [record for record in evidence.of(NodeDown) if record.observer == node]
    starts = [record for record in evidence.of(NodeUp) if record.observer == node]
    last = {start.seq: next((end for end in reversed(ends) if end.seq < start.seq), None) for start in starts}
    return [start.t for start in starts if (end := last[start.seq]) is not None and end.data.exit_code != 0]


def no_offence(evidence: Evidence) -> Finding:
    """No offence is reported but one that a fault explains: of its kind, of the validator that the fault made
    byzantine, that got an old database back or that a twin ran beside, committed while that lasted and reported while
    it can be (:mod:`simnet.checks.excuses`). What root reports is its own business. A dispute that is concluded means
    that somebody was wrong, so there must be one who can have been wrong about that candidate.

    Precondition of what it says of disputes: at most f validators that vote against the truth; more can outvote the
    honest ones, and then only equivocations are judged.
    """
    name, expected = "no offence", "no offence is reported that no fault of this run explains"
    excuses, reported = Excuses(evidence), offences(evidence)
    explained = []
    problems: list[tuple[str, str]] = []
    outvoted: list[tuple[str, str]] = []
    majority: Majority | None = None
    for one in reported:
        excuse = excuses.of_offence(one)
        if excuse is not None:
            explained.append((f"{one.kind} of {one.offender}", excuse))
        elif one.kind != "by-root":
            many = excuses.outvoted(one) if one.candidate is not None else None
            wrong = problems if many is None else outvoted
            wrong.append((f"{one} is reported in relay block {one.record.height}", pointer(one.record)))
            majority = majority or many
    for dispute in disputes(evidence):
        excuse = excuses.of_dispute(dispute) if dispute.concluded is not None else None
        if excuse is not None:
            explained.append((f"concluded dispute(s) about {dispute.outcome} candidates", excuse))
        elif dispute.concluded is not None:
            many = excuses.outvoted(dispute)
            wrong = problems if many is None else outvoted
            wrong.append((f"{dispute}, and nobody can have caused that", pointer(dispute.concluded)))
            majority = majority or many
    blocks = [block for block in evidence.canonical("relay") if block.height > 0]
    if not problems and not blocks:
        return _silent(name, expected, "no finalized relay block was seen")
    coverage = replace(unheard(evidence, dict.fromkeys(keys_of(evidence).values())), unread=unread(evidence, blocks))
    read = sum(1 for hash_ in evidence.blocks["relay"] if hash_ in evidence.read)
    named = ", ".join(dict.fromkeys(one.offender or "?" for one in reported))
    seen = f"{len(reported)}, by {named}," if reported else "none"
    seen = "; ".join(
        filter(None, (f"{seen} in the events of {read} relay blocks, forks included", excused_in_words(explained)))
    )
    if majority is not None and not problems:
        return suspended(_finding(name, expected, outvoted, seen), majority)
    return _finding(name, expected, problems, seen, coverage)


def no_unasked_crash(evidence: Evidence) -> Finding:
    """No node's process ends unless a fault or step ended it."""
    name, expected = "no unasked crash", "no process ends by itself"
    problems = [
        (
            f"{r.observer} ended at {r.t:.1f} s with exit code {r.data.exit_code}"
            f"{' (OOM)' if r.data.oom_killed else ''}: {(r.data.log_tail or ['no log'])[-1][:200]}",
            f"logs/{r.observer}.log",
        )
        for r in evidence.of(NodeDown)
        if not r.data.intended
    ]
    asked = len(evidence.of(NodeDown)) - len(problems)
    followed = unheard(evidence, evidence.nodes(), Reader.LOG)
    return _finding(name, expected, problems, f"none; {asked} ends were asked for", followed)


def faults_took_hold(evidence: Evidence) -> Finding:
    """Every injected fault was read back as asked. One that was not makes the run inconclusive, never failed. That a
    byzantine fault had no occasion for its act is told: only checks that name it are inconclusive for that."""
    name, expected = "faults took hold", "what was read back of each fault is what was asked"
    windows = list(evidence.windows.values())
    failed = [f"{r.data.name}: {r.data.why}" for r in evidence.of(FaultFailed)]
    wrong = [
        f"{window.name}: {reading['what']} asked {reading['asked']}, seen {reading['seen']}"
        for window in windows
        for reading in window.readings
        if not reading["holds"]
    ]
    unread = [f"{window.name}: nothing was read back" for window in windows if window.holds is None]
    problems = failed + wrong + unread
    idle = [f"{window.name} did nothing: {', '.join(acts)}" for window in windows if (acts := idle_acts(window))]
    seen = "; ".join(problems[:5] or [f"{len(windows)} faults, all as asked", *idle[:5]])
    return invariant(name, expected, Status.INCONCLUSIVE if problems else Status.HELD, seen)


def steps_completed(evidence: Evidence) -> Finding:
    """Every step of the scenario ended as it should. One whose fault did not take hold proves nothing either way."""
    name, expected = "steps completed", "each step reaches its state in time"
    failed = [record for record in evidence.steps if record.data.failure]
    beside = [record for record in evidence.of(WindowDone) if record.data.failure]
    planned = evidence.run.steps
    texts = [f"step {r.data.index + 1} ({r.data.text}): {r.data.failure}" for r in failed]
    texts += [f"{record.data.text}, beside the steps: {record.data.failure}" for record in beside]
    if len(evidence.steps) < planned:
        texts.append(f"{len(evidence.steps)} of {planned} steps were run")
    conclusive = bool(beside) or any(record.data.conclusive for record in failed)
    status = Status.FAILED if conclusive else Status.INCONCLUSIVE if texts else Status.HELD
    return invariant(name, expected, status, "; ".join(texts) or f"{planned} steps", [*failed, *beside])


def every_node_watched(evidence: Evidence) -> Finding:
    """Every node that ran showed heads. A node that nobody watched could have done anything."""
    name, expected = "every node watched", "each node that was started showed its heads"
    started = {record.observer for record in evidence.of(NodeUp)}
    blind = sorted(node for node in started if not evidence.best[node] or not evidence.finalized[node])
    missing = [node for node in evidence.nodes() if node not in started and not joins_late(evidence, node)]
    seen = ", ".join([*(f"{node} showed nothing" for node in blind), *(f"{node} never started" for node in missing)])
    status = Status.INCONCLUSIVE if seen or not started else Status.HELD
    return invariant(name, expected, status, seen or f"{len(started)} nodes")


def messages_end_once(evidence: Evidence) -> Finding:
    """No message has two terminal events on the finalized chains. Topics are unique, which simnet sees to; where chains
    name messages themselves, two of one content may have one id, and as many ends."""
    name, expected = "messages end once at most", "no message has more than one terminal event"
    traces = evidence.messages()
    problems = [
        (
            f"{trace} ended {len(trace.terminals)} times: "
            + ", ".join(f"{t.event} in {t.chain} block {t.height}" for t in trace.terminals),
            f"journal.jsonl:{trace.terminals[1].seq + 1}",
        )
        for trace in traces
        if len(trace.terminals) > 1 and len(trace.terminals) > _of_one_id(evidence, trace)
    ]
    return _finding(name, expected, problems, f"{len(traces)} messages", ends_read(evidence, traces))


def _of_one_id(evidence: Evidence, trace: MessageTrace) -> int:
    """How many messages finalized blocks sent to where this one ended, under the ids by which it did. On its way over
    other chains it keeps its id, and ends once on each."""
    ends = {one.seq for one in trace.terminals}
    legs = {leg_ended(record) for record in evidence.of(RuntimeEvent) if record.seq in ends}
    final = {(chain, block.hash) for chain in evidence.chains() for block in evidence.canonical(chain)}
    return sum(leg_sent(record) in legs for place in final for record in evidence.events.get(place, ()))


LOST_AFTER = 60.0
"""Seconds for which no queue on a message's way held it before it counts as lost: ten relay slots, of which a finalized
parachain block needs two to hand its messages to the relay chain."""


def no_message_lost(evidence: Evidence) -> Finding:
    """A message that a finalized block sent is in some queue until it ends: a page that is dropped breaks this.

    One that went together with its queue, since governance closed the channel or offboarded the parachain, has ended.
    """
    name, expected = "no message lost", "every message that was sent waits in a queue or has ended"
    last_read = {record.chain: record.t for record in evidence.of(QueueRead)}
    traces = [trace for trace in evidence.messages() if trace.sent is not None]
    problems = []
    for trace in traces:
        read_until = min(last_read.get(chain, 0.0) for chain in trace.way)
        since = max(trace.sent or 0.0, trace.last_seen_t or 0.0)
        if not trace.terminals and read_until - since > LOST_AFTER:
            text = f"{trace} was last seen in {trace.last_seen or 'no queue'}"
            problems.append(
                (f"{text}, {read_until - since:.0f} s before the last reading", f"journal.jsonl:{trace.seq + 1}")
            )
    followed = ends_read(evidence, traces)
    return _finding(name, expected, problems, f"{len(traces)} messages", followed, certain=False)


def queues_agree(evidence: Evidence) -> Finding:
    """The runtimes' queues agree with what was sent, on finalized blocks.

    Channels stay within capacity; a queue holds no message after its end and none that no finalized block sent; the
    head of the receiver's message queue chain equals the relay chain's at the relay parent when that channel has
    drained. Of a chain whose nodes all lost their databases nobody can show any more what it sent.
    """
    name, expected = "queues agree", "queues of sender, relay chain and receiver hold what was sent and has not ended"
    canonical = {(chain, block.hash): block for chain in evidence.chains() for block in evidence.canonical(chain)}
    found = [(one, canonical.get((one.chain or "", one.hash or ""))) for one in evidence.of(QueueRead)]
    read = [(record, block) for record, block in found if block is not None]
    sent = {id_: trace for trace in evidence.messages() for id_ in (trace.ids or (trace.id,))}
    problems: list[tuple[str, str]] = []
    heads: dict[tuple[str, str], dict[int, str | None]] = defaultdict(dict)
    forgotten = [chain for chain in evidence.chains() if _all_wiped(evidence, chain)]
    for record, _ in read:
        data = record.data
        channel = f"{data.sender}>{data.recipient}"
        if data.capacity is not None and data.max_bytes is not None:
            heads[data.sender, data.recipient][record.height or 0] = data.mqc_head
            if data.count > data.capacity or data.bytes > data.max_bytes:
                problems.append((f"{channel} held {data.count} messages, {data.bytes} bytes", pointer(record)))
        for topic in data.ids:
            trace = sent.get(topic)
            ended = trace.terminals[0] if trace is not None and trace.terminals else None
            if ended is not None and ended.chain == record.chain and (record.height or 0) > ended.height:
                problems.append((f"{trace.label if trace else topic} is still in {data.queue}", pointer(record)))
            if trace is None and _may_be_sent(evidence, topic):
                continue
            if trace is None or (trace.sent is None and trace.sender not in forgotten):
                problems.append((f"{data.queue} of {channel} holds {topic[:10]}, never sent", pointer(record)))
    for record, block in read:
        data = record.data
        if block.relay_parent is not None and data.queue == "receiver's HRMP head":
            there = heads.get((data.sender, data.recipient), {}).get(block.relay_parent)
            if there is not None and there != data.mqc_head:
                problems.append(
                    (
                        f"{data.recipient} block {record.height} has MQC head {str(data.mqc_head)[:10]} of"
                        f" {data.sender}, the relay chain {there[:10]} at its parent {block.relay_parent}",
                        pointer(record),
                    )
                )
    if sent and not read:
        return _silent(name, expected, "messages were sent and no finalized block's queues were read")
    followed = ends_read(evidence, list(sent.values()))
    return _finding(name, expected, problems, f"{len(read)} readings", followed, certain=False)


def _may_be_sent(evidence: Evidence, id_: str) -> bool:
    """Whether a block beyond the finalized ones of its chain sent a message that has the chain's own id."""
    if id_ not in evidence.message_log.given.ids:
        return False
    for record in evidence.message_log.sent.get(id_, ()):
        chain, hash_ = record.chain or "", record.hash or ""
        tip = evidence.tip(chain)
        if tip is None or ((record.height or 0) > tip.height and evidence.is_ancestor(chain, tip.hash, hash_)):
            return True
    return False


def _all_wiped(evidence: Evidence, chain: str) -> bool:
    """Whether every node of a chain began a new database in the run."""
    anew = {record.observer for record in evidence.of(NodeUp) if record.incarnation > 0}
    nodes = evidence.nodes(chain)
    return bool(nodes) and anew.issuperset(nodes)


def _where(evidence: Evidence, node: str, head: Head) -> str:
    record = next(
        (r for r in evidence.of(FinalizedHead) if r.observer == node and r.t == head.t and r.hash == head.hash),
        None,
    )
    return pointer(record) if record else ""


INVARIANTS: tuple[Callable[[Evidence], Finding], ...] = (
    steps_completed,
    every_node_watched,
    every_validator_seated,
    faults_took_hold,
    no_conflicting_finality,
    finality_monotone,
    no_offence,
    no_invalid_candidate_final,
    no_unasked_crash,
    messages_end_once,
    no_message_lost,
    queues_agree,
    code_as_asked,
    upgraded_chains_go_on,
)
"""Judged after every run."""
