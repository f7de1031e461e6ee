using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>What a connection sends before anything else: credentials, watches, the chroot. Nobody awaits it.</summary>
/// <param name="frame">The request.</param>
/// <param name="path">For messages.</param>
/// <param name="tolerated">Refusals that the connection survives.</param>
internal sealed class PrimingRequest(byte[] frame, string? path, params KeeperCode[] tolerated)
    : PendingRequest(frame, path)
{
    public override void Complete(KeeperCode code, ref JuteReader body)
    {
        if (code != KeeperCode.Ok && !tolerated.Contains(code))
        {
            throw new ZooKeeperException(code, Path);
        }
    }

    public override void Fail(Exception reason) { }
}
