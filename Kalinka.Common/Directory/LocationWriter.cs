using System.Text;
using Kalinka.Common.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.Directory;

/// <summary>
/// Writes client znodes in multis, several in flight. A multi is carried out whole or not at all, so one that fails is
/// settled entry by entry.
/// </summary>
internal sealed class LocationWriter(
    ZooKeeperClient client,
    ClientPath paths,
    LocationReads reads,
    TimeProvider time,
    ILogger logger
)
{
    private const int BatchWrites = 128;
    private const int BatchBytes = 256 * 1024;
    private const int BatchesInFlight = 4;

    private sealed record Entry(byte[] ClientId, string Path, Op Op, int Size);

    public Task WriteAsync(IReadOnlyList<LocationWrite> writes, CancellationToken cancellationToken)
    {
        // Of several for one client the last counts: they would meet in no order.
        var entries = writes.Reverse().DistinctBy(write => write.ClientId).Select(Map).OfType<Entry>();
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = BatchesInFlight,
            CancellationToken = cancellationToken,
        };
        return Parallel.ForEachAsync(
            Batches(entries),
            parallel,
            async (batch, token) => await WriteBatchAsync(batch, token)
        );
    }

    private Entry? Map(LocationWrite write)
    {
        var clientId = Encoding.UTF8.GetBytes(write.ClientId);
        if (!paths.TryMap(clientId, out var path, out var rejection))
        {
            logger.LogDebug("A client is left out of the directory: {Reason}", rejection);
            return null;
        }

        var data = LocationData.Write(write.Broker, write.Details);
        var op = write.Known.Version >= 0 ? Op.SetData(path, data, write.Known.Version) : Op.Create(path, data);
        return new Entry(clientId, path, op, path.Length + data.Length);
    }

    private static IEnumerable<List<Entry>> Batches(IEnumerable<Entry> entries)
    {
        var batch = new List<Entry>();
        var size = 0;
        foreach (var entry in entries)
        {
            if (batch.Count == BatchWrites || (batch.Count > 0 && size + entry.Size > BatchBytes))
            {
                yield return batch;
                (batch, size) = ([], 0);
            }

            batch.Add(entry);
            size += entry.Size;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    private async Task WriteBatchAsync(List<Entry> batch, CancellationToken cancellationToken)
    {
        var code = await CarryOutAsync(batch, cancellationToken);
        if (code == KeeperCode.NoNode)
        {
            await EnsureParentsAsync(batch, cancellationToken);
            code = await CarryOutAsync(batch, cancellationToken);
        }

        if (code != KeeperCode.Ok)
        {
            await Task.WhenAll(batch.Select(entry => WriteOneAsync(entry, cancellationToken)));
            return;
        }

        foreach (var entry in batch)
        {
            reads.Forget(entry.ClientId);
        }
    }

    private async Task WriteOneAsync(Entry entry, CancellationToken cancellationToken)
    {
        var code = await CarryOutAsync([entry], cancellationToken);
        if (code == KeeperCode.NoNode && entry.Op is Op.CreateOp)
        {
            await EnsureParentsAsync([entry], cancellationToken);
            code = await CarryOutAsync([entry], cancellationToken);
        }

        reads.Forget(entry.ClientId);
        switch (code)
        {
            case KeeperCode.Ok:
                break;
            case KeeperCode.NodeExists or KeeperCode.BadVersion or KeeperCode.NoNode:
                // Somebody else was faster, or the reply to our own write was lost: what is there tells.
                await reads.Join(entry.ClientId, entry.Path).WaitAsync(cancellationToken);
                break;
            default:
                throw new ZooKeeperException(code, entry.Path);
        }
    }

    private async Task<KeeperCode> CarryOutAsync(List<Entry> batch, CancellationToken cancellationToken)
    {
        Op[] ops = [.. batch.Select(entry => entry.Op)];
        var result = await TransientFailures.OutlastAsync(
            token => client.MultiAsync(ops, token),
            time,
            cancellationToken
        );
        return result.Code;
    }

    private async Task EnsureParentsAsync(List<Entry> batch, CancellationToken cancellationToken)
    {
        var created = batch.Where(entry => entry.Op is Op.CreateOp);
        foreach (var parent in created.Select(entry => ZnodePath.Parent(entry.Path)!).Distinct())
        {
            await TransientFailures.OutlastAsync(
                async token =>
                {
                    await client.EnsurePathAsync(parent, token);
                    return true;
                },
                time,
                cancellationToken
            );
        }
    }
}
