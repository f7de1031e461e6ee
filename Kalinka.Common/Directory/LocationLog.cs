namespace Kalinka.Common.Directory;

internal enum LogVerdict
{
    /// <summary>The entry is now, or was already, what the record says.</summary>
    Applied,

    /// <summary>Its writer did not know what is there: it changes nothing.</summary>
    Refused,

    /// <summary>There was no room for it.</summary>
    Full,

    /// <summary>Its key is no client id.</summary>
    Ignored,
}

/// <summary>
/// What the records of the directory's topic make of the table. All who follow the topic read the same records in the same
/// order and judge them alike, so that a record stands for a compare-and-set which Kafka itself does not have. One thread.
/// </summary>
/// <remarks>
/// An entry's version is the offset of the last record of its key, whatever became of that record. A record counts when its
/// writer knew that version. A record that is refused and is the last of its key is what compaction would keep: it is a
/// conflict, until whoever writes has repeated what counts behind it. So, conflicts apart, the last record of each key says
/// what counts, and whoever loads the topic takes the last.
/// </remarks>
internal sealed class LocationLog(LocationTable table, Conflicts conflicts)
{
    /// <param name="value">Of the record; ignored for a tombstone.</param>
    /// <param name="isLive">The record is younger than the start: everything before it that still counts has been seen.</param>
    /// <param name="isOwn">This process wrote it, and repairs first.</param>
    public LogVerdict Apply(
        ReadOnlySpan<byte> clientId,
        bool isTombstone,
        ReadOnlySpan<byte> value,
        long known,
        long offset,
        bool isLive,
        bool isOwn
    )
    {
        if (ClientPath.Fault(clientId) is not null)
        {
            return LogVerdict.Ignored;
        }

        var (broker, json) = LocationData.Split(value);
        var details = isTombstone ? default : LocationDetails.Read(json);
        if (isLive && !Counts(clientId, isTombstone, broker, details, known))
        {
            table.Restamp(clientId, offset);
            conflicts.Add(clientId, offset, isOwn);
            return LogVerdict.Refused;
        }

        conflicts.Resolve(clientId);
        if (isTombstone)
        {
            table.Remove(clientId);
            return LogVerdict.Applied;
        }

        return table.TryPut(clientId, broker, details, offset) ? LogVerdict.Applied : LogVerdict.Full;
    }

    private bool Counts(
        ReadOnlySpan<byte> clientId,
        bool isTombstone,
        ReadOnlySpan<byte> broker,
        LocationDetails details,
        long known
    )
    {
        var version = table.VersionOf(clientId);
        if (version >= 0)
        {
            return known >= version || (!isTombstone && table.Says(clientId, broker, details));
        }

        // Who knew an entry where none is, did not know that it was removed; unless a conflict is to be settled here.
        var refused = conflicts.OffsetOf(clientId);
        return isTombstone || known == ChangeHeader.Whatever || (refused < 0 ? known < 0 : known >= refused);
    }
}
