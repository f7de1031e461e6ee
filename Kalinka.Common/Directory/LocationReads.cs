using Kalinka.Common.Text;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Directory;

/// <summary>
/// Reads of client znodes: one at a time for each client, all of them pipelined. Any thread.
/// </summary>
/// <remarks>
/// An event that comes while a read is under way may tell of a change that the read did not see: a server works on reads
/// and on the commits of others at the same time. Such a read tells its callers what it found, and is not kept.
/// </remarks>
internal sealed class LocationReads(
    ZooKeeperClient client,
    LocationCache cache,
    LocationData data,
    Func<int> epoch,
    TimeProvider time,
    CancellationToken ended
)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<byte[], Task<Location>> _pending = new(ByteArrayComparer.Instance);

    public Task<Location> Join(ReadOnlyMemory<byte> clientId, string path)
    {
        lock (_gate)
        {
            var lookup = _pending.GetAlternateLookup<ReadOnlySpan<byte>>();
            if (lookup.TryGetValue(clientId.Span, out var pending))
            {
                return pending;
            }

            var key = clientId.ToArray();
            var read = new TaskCompletionSource<Location>(TaskCreationOptions.RunContinuationsAsynchronously);
            _pending.Add(key, read.Task);
            _ = ReadAsync(key, path, read, epoch());
            return read.Task;
        }
    }

    /// <summary>What is known of this client is known no more, and what is being read is not to be kept.</summary>
    public void Forget(ReadOnlySpan<byte> clientId)
    {
        lock (_gate)
        {
            _pending.GetAlternateLookup<ReadOnlySpan<byte>>().Remove(clientId);
            cache.Remove(clientId);
        }
    }

    private async Task ReadAsync(byte[] key, string path, TaskCompletionSource<Location> read, int began)
    {
        try
        {
            var znode = await TransientFailures.OutlastAsync(token => client.FindDataAsync(path, token), time, ended);
            var location = znode is { } found ? data.Read(found.Data, found.Stat.Version) : Location.Absent;
            Settle(key, read, kept => cache.Put(kept, location, began));
            read.SetResult(location);
        }
        catch (OperationCanceledException)
        {
            read.SetCanceled(ended);
        }
        catch (Exception e)
        {
            Settle(key, read, _ => { });
            read.SetException(e);
        }
    }

    private void Settle(byte[] key, TaskCompletionSource<Location> read, Action<byte[]> keep)
    {
        lock (_gate)
        {
            if (_pending.TryGetValue(key, out var current) && current == read.Task)
            {
                _pending.Remove(key);
                keep(key);
            }
        }
    }
}
