using System.Buffers.Binary;
using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>A request on its way: waiting for a connection, or for its reply.</summary>
/// <param name="frame">As <see cref="RequestFrame"/> makes it, with room for the xid.</param>
/// <param name="path">For messages; below the chroot.</param>
internal abstract class PendingRequest(byte[] frame, string? path)
{
    public byte[] Frame { get; } = frame;

    public string? Path { get; } = path;

    public int Xid { get; private set; }

    /// <summary>Its place in the <see cref="OutgoingQueue"/>, under that queue's lock.</summary>
    public LinkedListNode<PendingRequest>? Waiting { get; set; }

    public void Number(int xid)
    {
        Xid = xid;
        BinaryPrimitives.WriteInt32BigEndian(Frame.AsSpan(sizeof(int)), xid);
    }

    /// <summary>Takes the reply, on the connection's reading side. Throws when the connection must end.</summary>
    public abstract void Complete(KeeperCode code, ref JuteReader body);

    public abstract void Fail(Exception reason);
}
