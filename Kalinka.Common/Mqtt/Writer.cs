namespace Kalinka.Common.Mqtt;

/// <summary>The writer thread of one connection: everything that has gathered since its last write goes in one write.</summary>
internal sealed class Writer(Outbox outbox, BrokerLink link, LinkActivity activity, IMqttConnectionHandler handler)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Exception? _failure;

    /// <summary>Why writing stopped, if it was not told to.</summary>
    public Exception? Failure => _failure;

    public void Start(string name) => new Thread(Run) { Name = name, IsBackground = true }.Start();

    /// <summary>Waits for the thread to have made its last call.</summary>
    public void Join() => _ended.Task.GetAwaiter().GetResult();

    private void Run()
    {
        try
        {
            while (outbox.TryTake(out var gathered, out var roomWanted))
            {
                if (roomWanted)
                {
                    handler.OnRoom();
                }

                activity.WriteBegins();
                link.Write(gathered);
                activity.WriteEnds();
            }

            link.HalfClose();
        }
        catch (Exception failure)
        {
            // A DISCONNECT that says why may still wait in the receive buffer: the receive thread reads to the end first.
            _failure = failure;
            outbox.Close();
            link.StopReading();
        }

        _ended.SetResult();
    }
}
