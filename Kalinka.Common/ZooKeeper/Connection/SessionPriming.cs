using System.Text;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>What a connection sends first, in this order: the credentials, a missing chroot, the watches.</summary>
internal sealed class SessionPriming(Chroot chroot, string? auth, WatchRegistry watches)
{
    /// <param name="fresh">The session is new; the ensemble may be, too.</param>
    /// <param name="lastZxid">The newest transaction that was seen.</param>
    public IEnumerable<PendingRequest> Requests(bool fresh, long lastZxid)
    {
        IEnumerable<PendingRequest> root = fresh ? chroot.Ancestry().Select(CreateRequest) : [];
        return [.. Credentials(), .. root, .. watches.Requests(lastZxid)];
    }

    private IEnumerable<PendingRequest> Credentials()
    {
        if (auth is null)
        {
            yield break;
        }

        var frame = RequestFrame.Build(
            OpCode.Auth,
            writer =>
            {
                writer.WriteInt(0);
                writer.WriteString("digest");
                writer.WriteBuffer(Encoding.UTF8.GetBytes(auth));
            }
        );
        var request = new PrimingRequest(frame, null);
        request.Number(Xid.Auth);
        yield return request;
    }

    // Where the root may not be written the chroot can still be there; if it is not, requests will say NoNode.
    private static PrimingRequest CreateRequest(string path) =>
        new(
            RequestFrame.Create(path, default, CreateMode.Persistent, Acl.Open),
            path,
            KeeperCode.NodeExists,
            KeeperCode.NoAuth
        );
}
