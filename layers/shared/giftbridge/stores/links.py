"""Links: which platform id and which CRM id are the same contact or gift, and what both sides last agreed on.

The item under the platform's id holds the link, the one under the CRM's id points to it. A record born in the CRM
starts on the CRM's item. Ids and keyed fingerprints only.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from giftbridge.domain.contact import Side
from giftbridge.stores import dynamo
from giftbridge.stores.attributes import Item
from giftbridge.stores.dynamo import Dynamo, Op
from giftbridge.stores.link import IN_FILES, REVIEW, SHARDS, SUBMITTED, Link, LinkKind, key, listed_at
from giftbridge.stores.versions import VERSION


@dataclass(frozen=True, slots=True)
class Links:
    """Reading and writing links, 100 at a time."""

    db: Dynamo
    table: str

    def find(self, connection: str, kind: LinkKind, side: Side, ids: Sequence[str]) -> dict[str, Link]:
        """Links by one side's ids, pointers followed; ids without a link are left out."""
        items = self._get(key(connection, kind, side, one) for one in ids)
        if side is Side.PLATFORM:
            return {item["platform_id"]: Link.of(item) for item in items}
        born = {item["crm_id"]: Link.of(item) for item in items if "to" not in item}
        pointed = {item["to"]: item["crm_id"] for item in items if "to" in item}
        held = self._get(key(connection, kind, Side.PLATFORM, one) for one in pointed)
        return born | {pointed[item["platform_id"]]: Link.of(item) for item in held}

    def get(self, connection: str, kind: LinkKind, side: Side, record_id: str) -> Link | None:
        """One link."""
        return self.find(connection, kind, side, [record_id]).get(record_id)

    def save(self, link: Link) -> Link:
        """Write a link whose ids are as before. Raises `ConditionFailed` where somebody else wrote it."""
        self.db.write(self.save_op(link))
        return link.stored()

    def save_op(self, link: Link) -> Op:
        """The same, for a transaction."""
        if link.rev == 0:
            return dynamo.put(self.table, link.item(), "attribute_not_exists(#pk)")
        return dynamo.put(self.table, link.item(), "#rev = :rev", rev=link.rev)

    def join_ops(self, link: Link, rival: Link | None = None) -> list[Op]:
        """Writes of a link that now has both ids: the item under the platform's id and the pointer under the CRM's.

        `rival` is a half-made link on either item, which this one takes in. Both items must be as they were read.
        """
        known: dict[Side | None, int] = {
            one.home: one.rev for one in (rival, link) if one is not None and one.home is not None
        }
        return [
            self._put_known(link.item(), known.get(Side.PLATFORM), "attribute_not_exists(#pk)"),
            self._put_known(self._pointer(link), self._half(known, link), "attribute_not_exists(#pk) OR #to = :to"),
        ]

    def _half(self, known: Mapping[Side | None, int], link: Link) -> int | None:
        """The revision of a half-made link under the CRM's id."""
        return None if link.is_joined else known.get(Side.CRM)

    def _put_known(self, item: Item, rev: int | None, otherwise: str) -> Op:
        if rev is not None:
            return dynamo.put(self.table, item, "#rev = :rev", rev=rev)
        given = {"to": item["to"]} if ":to" in otherwise else {}
        return dynamo.put(self.table, item, otherwise, **given)

    def move_ops(self, link: Link, former: str, rival: Link | None = None) -> list[Op]:
        """Follow a merge in the CRM: the link to its survivor, the old pointer gone."""
        rev = rival.rev if rival and rival.home is Side.CRM else None
        pointer = self._put_known(self._pointer(link), rev, "attribute_not_exists(#pk) OR #to = :to")
        return [self.save_op(link), pointer, self._unpoint(link, former)]

    def alias_ops(self, link: Link, former: str) -> list[Op]:
        """Follow a merge into somebody else's contact: no pointer of its own any more."""
        return [self.save_op(link), self._unpoint(link, former)]

    def _unpoint(self, link: Link, former: str) -> Op:
        return dynamo.delete(self.table, {"pk": key(link.connection, link.kind, Side.CRM, former)})

    def drop_op(self, link: Link) -> Op:
        """Remove a half-made link that is as it was written."""
        return dynamo.delete(self.table, self._place(link, link.born))

    def drop_ops(self, link: Link) -> list[Op]:
        """Remove a link and its pointer."""
        sides = [side for side in Side if link.id(side)]
        return [dynamo.delete(self.table, self._place(link, side)) for side in sides]

    def withdraw_ops(self, link: Link) -> list[Op]:
        """Remove a link that is as it was read, and its pointer: what it stood for did not happen."""
        at_home = dynamo.delete(self.table, self._place(link, link.born), "#rev = :rev", rev=link.rev)
        pointed = [dynamo.delete(self.table, self._place(link, Side.CRM))] if link.is_joined else []
        return [at_home, *pointed]

    def set_aside_ops(self, link: Link) -> list[Op]:
        """Keep a link under the platform's id alone, without its pointer: which record it is of is not known."""
        pointed = [dynamo.delete(self.table, self._place(link, Side.CRM))] if link.is_joined else []
        return [self.save_op(replace(link, crm_id="")), *pointed]

    def _place(self, link: Link, side: Side) -> dict[str, str]:
        return {"pk": key(link.connection, link.kind, side, link.id(side))}

    def erase_ops(self, connection: str, links: Sequence[Link], prints: Iterable[tuple[Side, str]]) -> list[Op]:
        """Replace a donor's links by keyed hashes of all ids, each naming all: the donor is never synced again."""
        keys = [_erased_key(connection, side, mark) for side, mark in prints]
        marks = [dynamo.put(self.table, {"pk": one, "v": VERSION, "state": "erased", "marks": keys}) for one in keys]
        gone = {self._place(link, side)["pk"] for link in links for side in Side if link.id(side)}
        return [*(dynamo.delete(self.table, {"pk": one}) for one in sorted(gone)), *marks]

    def allow_again(self, connection: str, side: Side, mark: str) -> bool:
        """Take an erasure back, under both ids; whether there was one."""
        item = self.db.get(self.table, {"pk": _erased_key(connection, side, mark)})
        if item is not None:
            self.db.transact([dynamo.delete(self.table, {"pk": one}) for one in item["marks"]])
        return item is not None

    def erased(self, connection: str, side: Side, marks: Iterable[str]) -> set[str]:
        """Which of these keyed hashes belong to erased donors."""
        wanted = {_erased_key(connection, side, mark): mark for mark in marks}
        return {wanted[item["pk"]] for item in self._get(wanted)}

    def of_crm_record(self, link: Link) -> list[Link]:
        """All links with the CRM id of a contact's link: several, where records of the CRM were merged into one."""
        shard, sort = listed_at(link.account, link.kind, link.crm_id)
        asked = "#account_shard = :shard AND #crm_sort = :sort"
        rows = self.db.query(self.table, asked, index="by_account", shard=shard, sort=sort)
        keys = [row["pk"] for row in rows if row["pk"].startswith(f"{link.connection}|")]
        pointed = self.get(link.connection, link.kind, Side.CRM, link.crm_id)
        found = {one.platform_id: one for one in (*self.by_keys(keys), *([pointed] if pointed else ()))}
        return [one for one in found.values() if one.crm_id == link.crm_id]

    def listed(self, account: str, kind: LinkKind, connection: str) -> Iterator[str]:
        """Keys of a connection's links that have a CRM id, an open question or a file, in order within each shard."""
        for shard in (*range(SHARDS), REVIEW, SUBMITTED, IN_FILES):
            yield from self._shard(account, kind, connection, str(shard))

    def questions(self, account: str, kind: LinkKind, connection: str) -> Iterator[str]:
        """Keys of the links of a connection that wait for an answer; as the index has it, a moment late."""
        return self._shard(account, kind, connection, REVIEW)

    def submitted(self, account: str, kind: LinkKind, connection: str) -> Iterator[str]:
        """Keys of the links of a connection that wait for a confirmation; as the index has it, a moment late."""
        return self._shard(account, kind, connection, SUBMITTED)

    def _shard(self, account: str, kind: LinkKind, connection: str, shard: str) -> Iterator[str]:
        rows = self.db.query(
            self.table, "#account_shard = :shard", index="by_account", shard=f"{account}|{kind}|{shard}"
        )
        return (row["pk"] for row in rows if row["pk"].startswith(f"{connection}|"))

    def by_keys(self, keys: Iterable[str]) -> list[Link]:
        """Links by what `listed`, `questions` or `submitted` gave."""
        return [Link.of(item) for item in self._get(keys)]

    def forget(self, links: Iterable[Link]) -> None:
        """Remove links and their pointers, whatever state they are in."""
        sides = [(link, side) for link in links for side in Side if link.id(side)]
        self.db.delete_many(
            self.table, [{"pk": key(link.connection, link.kind, side, link.id(side))} for link, side in sides]
        )

    def _pointer(self, link: Link) -> Item:
        return {
            "pk": key(link.connection, link.kind, Side.CRM, link.crm_id), "v": VERSION, "to": link.platform_id,
            "crm_id": link.crm_id, "state": "pointer",
        }  # fmt: skip

    def _get(self, keys: Iterable[str]) -> list[Item]:
        return self.db.get_many(self.table, [{"pk": one} for one in keys])


def _erased_key(connection: str, side: Side, mark: str) -> str:
    return f"{connection}|erased|{side}|{mark}"
