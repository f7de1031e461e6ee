using Kalinka.Common.Text;
using Kalinka.Common.ZooKeeper;

namespace Kalinka.Common.Directory;

/// <summary>
/// Changes client znodes in multis, several in flight. A multi is carried out whole or not at all, so one that fails is
/// settled entry by entry.
/// </summary>
internal sealed class LocationWriter(ZooKeeperClient client, ClientPath paths, LocationReads reads, TimeProvider time)
{
    private const int BatchChanges = 128;
    private const int BatchBytes = 256 * 1024;
    private const int BatchesInFlight = 4;

    private sealed record Entry(int Index, LocationChange Change, string Path, Op Op, int Size);

    public async Task<IReadOnlyList<ChangeOutcome>> ChangeAsync(
        IReadOnlyList<LocationChange> changes,
        CancellationToken cancellationToken
    )
    {
        var outcomes = new ChangeOutcome[changes.Count];
        var entries = Map(changes, outcomes);
        var parallel = new ParallelOptions
        {
            MaxDegreeOfParallelism = BatchesInFlight,
            CancellationToken = cancellationToken,
        };
        await Parallel.ForEachAsync(
            Batches(entries),
            parallel,
            async (batch, token) => await WriteBatchAsync(batch, outcomes, token)
        );
        return outcomes;
    }

    /// <summary>Of several for one client the last counts: they would meet in no order.</summary>
    private List<Entry> Map(IReadOnlyList<LocationChange> changes, ChangeOutcome[] outcomes)
    {
        var entries = new List<Entry>(changes.Count);
        var seen = new HashSet<byte[]>(changes.Count, ByteArrayComparer.Instance);
        var lookup = seen.GetAlternateLookup<ReadOnlySpan<byte>>();
        for (var index = changes.Count - 1; index >= 0; index--)
        {
            var change = changes[index];
            outcomes[index] = ChangeOutcome.Changed;
            if (!paths.TryMap(change.ClientId.Span, out var path, out _))
            {
                outcomes[index] = ChangeOutcome.Rejected;
            }
            else if (lookup.Add(change.ClientId.Span))
            {
                entries.Add(Map(index, change, path));
            }
        }

        return entries;
    }

    private static Entry Map(int index, LocationChange change, string path)
    {
        var version = (int)change.Known.Version;
        if (change.Kind == LocationChangeKind.Remove)
        {
            return new Entry(index, change, path, Op.Delete(path, version), path.Length);
        }

        var data = LocationData.Write(change.Broker!, change.Details);
        var op = version >= 0 ? Op.SetData(path, data, version) : Op.Create(path, data);
        return new Entry(index, change, path, op, path.Length + data.Length);
    }

    private static IEnumerable<List<Entry>> Batches(IEnumerable<Entry> entries)
    {
        var batch = new List<Entry>();
        var size = 0;
        foreach (var entry in entries)
        {
            if (batch.Count == BatchChanges || (batch.Count > 0 && size + entry.Size > BatchBytes))
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

    private async Task WriteBatchAsync(List<Entry> batch, ChangeOutcome[] outcomes, CancellationToken cancellationToken)
    {
        var code = await CarryOutAsync(batch, cancellationToken);
        if (code == KeeperCode.NoNode)
        {
            await EnsureParentsAsync(batch, cancellationToken);
            code = await CarryOutAsync(batch, cancellationToken);
        }

        if (code != KeeperCode.Ok)
        {
            await Task.WhenAll(
                batch.Select(async entry => outcomes[entry.Index] = await WriteOneAsync(entry, cancellationToken))
            );
            return;
        }

        foreach (var entry in batch)
        {
            reads.Forget(entry.Change.ClientId.Span);
            outcomes[entry.Index] = ChangeOutcome.Done;
        }
    }

    private async Task<ChangeOutcome> WriteOneAsync(Entry entry, CancellationToken cancellationToken)
    {
        var code = await CarryOutAsync([entry], cancellationToken);
        if (code == KeeperCode.NoNode && entry.Op is Op.CreateOp)
        {
            await EnsureParentsAsync([entry], cancellationToken);
            code = await CarryOutAsync([entry], cancellationToken);
        }

        reads.Forget(entry.Change.ClientId.Span);
        switch (code)
        {
            case KeeperCode.Ok:
                return ChangeOutcome.Done;
            case KeeperCode.NodeExists or KeeperCode.BadVersion or KeeperCode.NoNode:
                // Somebody else was faster, or the reply to our own change was lost: what is there tells.
                var found = await reads.Join(entry.Change.ClientId, entry.Path).WaitAsync(cancellationToken);
                return IsDone(entry.Change, found) ? ChangeOutcome.Done : ChangeOutcome.Changed;
            default:
                throw new ZooKeeperException(code, entry.Path);
        }
    }

    private static bool IsDone(LocationChange change, Location found) =>
        change.Kind == LocationChangeKind.Remove
            ? found.State == LocationState.Absent
            : found.State == LocationState.Present && found.Broker == change.Broker && found.Details == change.Details;

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
