using Kalinka.Common.Mqtt;
using Kalinka.Common.Records;
using Kalinka.Pub.Intake;
using Kalinka.Pub.Producing;

namespace Kalinka.Pub;

/// <summary>
/// The messages of one seat: lets them in as far as there is room, for as long as the connection lives, and passes each
/// on. What comes after, from the delivery report to the PUBACK, is the lane's.
/// </summary>
internal sealed class SeatFlow : IArrivals
{
    // What a record costs beside what the message brings: librdkafka's message, headers, our bookkeeping. In bytes.
    private const int RecordOverhead = 512;

    private readonly FlowStages _stages;
    private readonly SeatLane _lane;
    private readonly MessagePath _path;

    // Made once: a delegate for every message would be an allocation for every message.
    private readonly Func<bool> _gaveUpWaiting;

    // Held while a message is passed on, so that a drain can wait for the one that is under way.
    private readonly Lock _passing = new();

    // Cancelled: the connection takes no more messages. Both set before the connection's first message.
    private volatile CancellationTokenSource _ended = new();
    private volatile IMqttConnection? _connection;

    public SeatFlow(
        FlowStages stages,
        SeatLane lane,
        SeatCounters counters,
        string brokerName,
        SeatObservation observation
    )
    {
        (_stages, _lane, Counters, Observation) = (stages, lane, counters, observation);
        _path = new MessagePath(stages, lane, counters, brokerName, observation.Age);
        _gaveUpWaiting = () => _ended.IsCancellationRequested;
    }

    /// <summary>Messages taken and not yet acknowledged.</summary>
    public int InFlight => _lane.InFlight;

    public SeatCounters Counters { get; }

    public SeatObservation Observation { get; }

    /// <summary>A new mastership of the seat: records are numbered from 1 again. Null: they are not numbered.</summary>
    public void Number(SequenceHeader? sequence)
    {
        _lane.ForgetConfirmed();
        _path.Number(sequence);
    }

    public Task WhenSettledAsync() => _lane.WhenSettledAsync();

    /// <summary>The seat is no more. Its lane serves another once every message of this one has been settled.</summary>
    public void ReturnLaneTo(LaneTable lanes) => lanes.Return(_lane);

    public void Open(IMqttConnection connection)
    {
        _lane.Attach(connection);
        _ended.Dispose();
        _ended = new CancellationTokenSource();
        _connection = connection;
    }

    public bool TryKeepBack(int qos, int size, bool regardless)
    {
        if (_stages.Budget.TryTake(size, qos == 0 ? _stages.Qos0Reserve : 0))
        {
            return true;
        }

        if (qos == 0)
        {
            Counters.Received++;
            Counters.Shed++;
        }
        else if (regardless)
        {
            _stages.Budget.Charge(size);
            return true;
        }

        return false;
    }

    public void GiveBack(int size) => _stages.Budget.Return(size);

    public void Drain()
    {
        TakeNoMore();
        lock (_passing)
        {
            // From here on nothing enters the lane.
        }
    }

    public void Close()
    {
        _lane.Detach();
        TakeNoMore();
    }

    public void OnPublish(in IncomingPublish publish)
    {
        lock (_passing)
        {
            if (_ended.IsCancellationRequested || DropsAfterPause())
            {
                return;
            }

            if (publish.Malformed is null && IsOnlyObserved(publish))
            {
                _path.SettleUnproduced(publish, size: 0);
                return;
            }

            Counters.Received++;
            if (publish.Qos > 0 && _lane.IsConfirmed(publish))
            {
                Counters.AlreadyConfirmed++;
                _path.SettleUnproduced(publish, size: 0);
                return;
            }

            var size = publish.Payload.Length + publish.Topic.Length + publish.Properties.Block.Length + RecordOverhead;
            if (TakeRoom(publish.Qos, size))
            {
                Pass(publish, size);
            }
        }
    }

    // While the process stood still the seat became another's, and newer messages have gone out: this one must not follow
    // them. It may be here before the watch has dropped the connection.
    private bool DropsAfterPause()
    {
        if (_stages.Pause is not { IsWaking: true })
        {
            return false;
        }

        Close();
        _ = _connection?.DisposeAsync().AsTask();
        return true;
    }

    // A marker that comes for a rule's sake is none of the messages.
    private bool IsOnlyObserved(in IncomingPublish publish) =>
        Observation.All.Observe(publish) switch
        {
            Observed.All => true,
            Observed.Maybe => MarkerTopic.Holds(publish.Topic) || !_stages.Mapping.IsSubscribed(publish.Topic),
            _ => MarkerTopic.Holds(publish.Topic),
        };

    private void Pass(in IncomingPublish publish, int size)
    {
        try
        {
            _path.Pass(publish, size, _ended.Token);
        }
        catch (OperationCanceledException)
        {
            // The connection ended while the message waited for Kafka: the broker sends it again.
            _stages.Budget.Return(size);
        }
    }

    private bool TakeRoom(int qos, int size)
    {
        if (qos > 0)
        {
            return _stages.Budget.Take(size, _gaveUpWaiting);
        }

        if (_stages.Budget.TryTake(size, _stages.Qos0Reserve))
        {
            return true;
        }

        Counters.Shed++;
        return false;
    }

    private void TakeNoMore()
    {
        _ended.Cancel();
        _stages.Budget.Wake();
    }
}
