using System.Text;
using Kalinka.Common.ZooKeeper.Jute;
using Microsoft.Extensions.Logging;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>
/// The lasting watches of a client. They are registered again with every connection, because a server forgets them with
/// the old one; what happened between is not told (a lasting watch does not replay).
/// </summary>
internal sealed class WatchRegistry(Chroot chroot, ILogger logger)
{
    // A server takes no request above 1 MB, and ZooKeeper's own client cuts here too.
    private const int BatchBytes = 128 * 1024;

    private readonly Lock _gate = new();
    private volatile Registration[] _registrations = [];

    private sealed record Registration(string Path, AddWatchMode Mode, Action<WatchedEvent> Watcher)
    {
        public bool Covers(string path) =>
            path.StartsWith(Path, StringComparison.Ordinal)
            && (
                path.Length == Path.Length
                || (Mode == AddWatchMode.PersistentRecursive && (Path.Length == 1 || path[Path.Length] == '/'))
            );
    }

    public void Add(string path, AddWatchMode mode, Action<WatchedEvent> watcher)
    {
        lock (_gate)
        {
            _registrations = [.. _registrations, new Registration(path, mode, watcher)];
        }
    }

    public void Remove(string path)
    {
        lock (_gate)
        {
            _registrations = [.. _registrations.Where(registration => registration.Path != path)];
        }
    }

    /// <summary>Tells the watchers, on the connection's reading side.</summary>
    public void Dispatch(ref JuteReader body)
    {
        var type = (EventType)body.ReadInt();
        body.ReadInt();
        var told = new WatchedEvent(type, chroot.FromServer(body.ReadString()));
        foreach (var registration in _registrations)
        {
            if (registration.Covers(told.Path))
            {
                Tell(registration.Watcher, told);
            }
        }
    }

    /// <summary>The requests that set all watches anew.</summary>
    public IEnumerable<PrimingRequest> Requests(long lastZxid)
    {
        var batch = new List<Registration>();
        var size = 0;
        foreach (var registration in _registrations)
        {
            var bytes = Encoding.UTF8.GetByteCount(registration.Path) + chroot.Prefix.Length;
            if (size + bytes > BatchBytes && batch.Count > 0)
            {
                yield return Request(batch, lastZxid);
                batch.Clear();
                size = 0;
            }

            batch.Add(registration);
            size += bytes;
        }

        if (batch.Count > 0)
        {
            yield return Request(batch, lastZxid);
        }
    }

    private PrimingRequest Request(List<Registration> batch, long lastZxid)
    {
        string[] PathsOf(AddWatchMode mode) =>
            [.. batch.Where(each => each.Mode == mode).Select(each => chroot.ToServer(each.Path)).Distinct()];

        var frame = RequestFrame.Build(
            OpCode.SetWatches2,
            writer =>
            {
                writer.WriteLong(lastZxid);
                writer.WriteStrings([]);
                writer.WriteStrings([]);
                writer.WriteStrings([]);
                writer.WriteStrings(PathsOf(AddWatchMode.Persistent));
                writer.WriteStrings(PathsOf(AddWatchMode.PersistentRecursive));
            }
        );
        var request = new PrimingRequest(frame, null);
        request.Number(Xid.SetWatches);
        return request;
    }

    private void Tell(Action<WatchedEvent> watcher, WatchedEvent told)
    {
        try
        {
            watcher(told);
        }
        catch (Exception e)
        {
            logger.LogError(e, "A watcher of ZooKeeper threw at {EventType} of {Path}", told.Type, told.Path);
        }
    }
}
