using System.Text;
using Kalinka.Common.Mqtt;
using Kalinka.Pub.Intake;

namespace Kalinka.Tests.Pub.Intake;

/// <summary>Writes down, in order, what a seat's session does with what arrives.</summary>
internal sealed class FakeArrivals : IArrivals
{
    private readonly List<string> _calls = [];
    private TaskCompletionSource _settled = Completed();

    /// <summary>Blocks every message until it is set.</summary>
    public ManualResetEventSlim Room { get; } = new(true);

    /// <summary>Bytes that may be kept back.</summary>
    public long Keepable { get; set; } = long.MaxValue;

    /// <summary>Bytes that are kept back now.</summary>
    public long KeptBack { get; private set; }

    /// <summary>Called at the beginning of a drain.</summary>
    public Action? OnDrain { get; set; }

    public IMqttConnection? Opened { get; private set; }

    public IReadOnlyList<string> Calls
    {
        get
        {
            lock (_calls)
            {
                return [.. _calls];
            }
        }
    }

    public void Note(string call)
    {
        lock (_calls)
        {
            _calls.Add(call);
        }
    }

    /// <summary>A message is open until <see cref="Settle"/>.</summary>
    public void LeaveOpen() => _settled = new TaskCompletionSource();

    public void Settle()
    {
        Note("settled");
        _settled.TrySetResult();
    }

    public Task WhenSettledAsync() => _settled.Task;

    public void Open(IMqttConnection connection)
    {
        Opened = connection;
        Note("open");
    }

    public bool TryKeepBack(int qos, int size, bool regardless)
    {
        if (KeptBack + size > Keepable && (qos == 0 || !regardless))
        {
            return false;
        }

        KeptBack += size;
        return true;
    }

    public void GiveBack(int size) => KeptBack -= size;

    public void OnPublish(in IncomingPublish publish)
    {
        Room.Wait();
        Note(Encoding.UTF8.GetString(publish.Topic));
    }

    public void Drain()
    {
        OnDrain?.Invoke();
        Room.Set();
        Note("drain");
    }

    public void Close()
    {
        Room.Set();
        Note("close");
    }

    private static TaskCompletionSource Completed()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
