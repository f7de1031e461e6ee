using Kalinka.Common.ZooKeeper.Jute;

namespace Kalinka.Common.ZooKeeper.Connection;

/// <summary>Reads the record of a successful reply; runs on the connection's reading side, in the order of the replies.</summary>
internal delegate T ReplyRecord<T>(ref JuteReader body);

/// <summary>A request that somebody awaits.</summary>
/// <param name="frame">The request.</param>
/// <param name="path">For messages; below the chroot.</param>
/// <param name="read">Makes the result.</param>
/// <param name="noNodeIsAnswer">NoNode gives <paramref name="absent"/> instead of an exception.</param>
internal sealed class ClientRequest<T>(
    byte[] frame,
    string? path,
    ReplyRecord<T> read,
    bool noNodeIsAnswer = false,
    T absent = default!
) : PendingRequest(frame, path)
{
    private readonly TaskCompletionSource<T> _completion = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Task => _completion.Task;

    public bool TryCancel(CancellationToken cancellationToken) => _completion.TrySetCanceled(cancellationToken);

    public override void Complete(KeeperCode code, ref JuteReader body)
    {
        if (code != KeeperCode.Ok)
        {
            Refuse(code);
            return;
        }

        try
        {
            _completion.TrySetResult(read(ref body));
        }
        catch (InvalidDataException e)
        {
            Fail(new ZooKeeperException(KeeperCode.MarshallingError, Path, e.Message));
            throw;
        }
    }

    public override void Fail(Exception reason) => _completion.TrySetException(reason);

    private void Refuse(KeeperCode code)
    {
        if (noNodeIsAnswer && code == KeeperCode.NoNode)
        {
            _completion.TrySetResult(absent);
        }
        else
        {
            Fail(new ZooKeeperException(code, Path));
        }
    }
}
