using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Producing;

namespace Kalinka.Pub;

/// <summary>
/// The messages of one seat: lets them in as far as there is room, for as long as the connection lives, and passes each
/// on. What comes after, from the delivery report to the PUBACK, is the lane's.
/// </summary>
internal sealed class SeatFlow(FlowStages stages, SeatLane lane, SeatCounters counters, string brokerName) : IArrivals
{
    // What a record costs beside what the message brings: librdkafka's message, headers, our bookkeeping. In bytes.
    private const int RecordOverhead = 512;

    private readonly MessagePath _path = new(stages, lane, counters, brokerName);

    // Set by whoever owns the connection, read by the receive thread.
    private volatile bool _draining;
    private CancellationTokenSource _ended = new();

    /// <summary>Messages taken and not yet acknowledged.</summary>
    public int InFlight => lane.InFlight;

    public SeatCounters Counters => counters;

    /// <summary>A new mastership of the seat: records are numbered from 1 again. Null: they are not numbered.</summary>
    public void Number(SequenceHeader? sequence) => _path.Number(sequence);

    public Task WhenSettledAsync() => lane.WhenSettledAsync();

    public void Open(IMqttConnection connection)
    {
        _ended.Dispose();
        _ended = new CancellationTokenSource();
        _draining = false;
        lane.Attach(connection);
    }

    public void Drain()
    {
        _draining = true;
        GiveUpWaiting();
    }

    public void Close()
    {
        lane.Detach();
        GiveUpWaiting();
    }

    public void OnPublish(in IncomingPublish publish)
    {
        counters.Received++;
        var size = publish.Payload.Length + publish.Topic.Length + publish.Properties.Block.Length + RecordOverhead;
        if (_draining || !TakeRoom(publish.Qos, size))
        {
            return;
        }

        try
        {
            _path.Pass(publish, size, _ended.Token);
        }
        catch (OperationCanceledException)
        {
            // The connection ended while the message waited for Kafka: the broker sends it again.
            stages.Budget.Return(size);
        }
    }

    private bool TakeRoom(int qos, int size)
    {
        if (qos > 0)
        {
            return stages.Budget.Take(size, GaveUpWaiting);
        }

        if (stages.Budget.TryTake(size, stages.Qos0Reserve))
        {
            return true;
        }

        counters.Shed++;
        return false;
    }

    private bool GaveUpWaiting() => _ended.IsCancellationRequested;

    private void GiveUpWaiting()
    {
        _ended.Cancel();
        stages.Budget.Wake();
    }
}
