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
/// writer knew that version or a later one (then what lies between was compacted away). A refused record that is the last
/// of its key is what compaction would keep: it is a conflict, until whoever writes has repeated what counts behind it.
/// </remarks>
/// <param name="conflicts">Null: nobody here repairs them.</param>
internal sealed class LocationLog(LocationTable table, Conflicts? conflicts)
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
        var version = table.VersionOf(clientId);
        if (isTombstone ? version < 0 : version >= 0 && table.Says(clientId, broker, details))
        {
            table.Restamp(clientId, offset);
            conflicts?.Resolve(clientId);
            return LogVerdict.Applied;
        }

        // Who knew an entry where none is, did not know that it was removed.
        var isLate = known < version || (isLive && version < 0 && known is >= 0 and < ChangeHeader.Whatever);
        if (isLate)
        {
            table.Restamp(clientId, offset);
            conflicts?.Add(clientId, offset, isOwn);
            return LogVerdict.Refused;
        }

        conflicts?.Resolve(clientId);
        if (isTombstone)
        {
            table.Remove(clientId);
            return LogVerdict.Applied;
        }

        return table.TryPut(clientId, broker, details, offset) ? LogVerdict.Applied : LogVerdict.Full;
    }
}
