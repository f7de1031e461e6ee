using Kalinka.Common.Text;

namespace Kalinka.Common.Directory;

/// <param name="Offset">Of the refused record.</param>
internal readonly record struct Conflict(byte[] ClientId, long Offset);

/// <summary>
/// Keys whose last record was refused, until a record that counts stands behind it. Whoever wrote the refused one repairs
/// at once; the others some seconds later, for the case that it has died. Any thread.
/// </summary>
internal sealed class Conflicts(TimeProvider time)
{
    /// <summary>Those beyond it are left to other writers, or to the next change of the entry.</summary>
    public const int Most = 100_000;

    private static readonly TimeSpan OthersAfter = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], (long Offset, long DueMs)> _open = new(ByteArrayComparer.Instance);

    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _open.Count;
            }
        }
    }

    public void Add(ReadOnlySpan<byte> clientId, long offset, bool isOwn)
    {
        lock (_gate)
        {
            var lookup = _open.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (_open.Count < Most || lookup.ContainsKey(clientId))
            {
                lookup[clientId] = (offset, NowMs + (isOwn ? 0 : (long)OthersAfter.TotalMilliseconds));
            }
        }
    }

    /// <summary>Of the refused record; -1 when there is no conflict.</summary>
    public long OffsetOf(ReadOnlySpan<byte> clientId)
    {
        lock (_gate)
        {
            return _open.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(clientId, out var conflict)
                ? conflict.Offset
                : -1;
        }
    }

    public void Resolve(ReadOnlySpan<byte> clientId)
    {
        lock (_gate)
        {
            _open.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(clientId);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            _open.Clear();
        }
    }

    /// <summary>Those to repair now; each comes again after a pause, unless it is resolved.</summary>
    public List<Conflict> TakeDue()
    {
        lock (_gate)
        {
            var now = NowMs;
            List<Conflict> due = [.. _open.Where(each => each.Value.DueMs <= now).Select(Of)];
            foreach (var (clientId, offset) in due)
            {
                _open[clientId] = (offset, now + (long)Again.TotalMilliseconds);
            }

            return due;
        }
    }

    private long NowMs => time.GetTimestamp() * 1000 / time.TimestampFrequency;

    private static Conflict Of(KeyValuePair<byte[], (long Offset, long DueMs)> each) =>
        new(each.Key, each.Value.Offset);
}
