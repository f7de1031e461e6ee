using Kalinka.Common.Delivery;
using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Producing;

/// <summary>
/// What one seat has taken from its broker and not yet acknowledged. A lane serves one connection at a time; the next
/// is attached only when every message of the one before has been settled, so a late report can never acknowledge a
/// message of another connection.
/// </summary>
internal sealed class SeatLane(int number, int window, ByteBudget budget)
{
    private const int AcknowledgeBatch = 256;

    private readonly InOrderQueue<PendingMessage> _queue = new(window);
    private readonly Lock _lock = new();

    // Below: under the lock, which makes releasing and acknowledging one step. Otherwise two threads could hand
    // PUBACKs over in the wrong order.
    private readonly PendingMessage[] _released = new PendingMessage[AcknowledgeBatch];
    private readonly ushort[] _identifiers = new ushort[AcknowledgeBatch];
    private readonly ConfirmedMessages _confirmed = new(window);
    private IMqttConnection? _connection;
    private TaskCompletionSource? _settled;

    public int Number => number;

    /// <summary>Messages taken and not yet acknowledged.</summary>
    public int InFlight => _queue.Count;

    /// <summary>Used by the report thread only: this lane is among those of the current batch.</summary>
    public bool Touched { get; set; }

    /// <summary>From here on messages belong to this connection.</summary>
    /// <exception cref="InvalidOperationException">Messages of an earlier connection are still open.</exception>
    public void Attach(IMqttConnection connection)
    {
        lock (_lock)
        {
            if (_queue.Count > 0)
            {
                throw new InvalidOperationException(
                    "a lane was attached while messages of the last connection are open"
                );
            }

            _connection = connection;
            _confirmed.BeginNext(connection.Grant.SessionPresent);
        }
    }

    /// <summary>Acknowledges nothing from here on: the connection is gone, or its messages must come again.</summary>
    public void Detach()
    {
        lock (_lock)
        {
            _connection = null;
        }
    }

    /// <summary>Takes a QoS 1 message in and returns its ticket. Its bytes are the lane's to give back.</summary>
    public long Enter(ushort packetIdentifier, int size, int fingerprint) =>
        _queue.Enter(new PendingMessage(packetIdentifier, size, fingerprint));

    /// <summary>
    /// Whether Kafka has confirmed this QoS 1 message already, when it came by the last connection. Asked once for every
    /// message.
    /// </summary>
    public bool IsConfirmed(in IncomingPublish publish)
    {
        if (_confirmed.IsEmpty)
        {
            return false;
        }

        lock (_lock)
        {
            return _confirmed.Take(publish.PacketIdentifier, publish.Dup, Fingerprint.Of(publish));
        }
    }

    /// <summary>Another may have held the session meanwhile: packet identifiers of before say nothing.</summary>
    public void ForgetConfirmed()
    {
        lock (_lock)
        {
            _confirmed.Forget();
        }
    }

    /// <summary>The newest message was not produced after all: its bytes are the caller's again.</summary>
    public void TakeBack(long ticket)
    {
        lock (_lock)
        {
            _queue.TakeBack(ticket);
            SignalWhenSettled();
        }
    }

    /// <summary>The message is safe in Kafka, or needs nothing more. <see cref="Acknowledge"/> follows, once a batch.</summary>
    public void Settle(long ticket)
    {
        if (_queue.TryComplete(ticket, out var message))
        {
            budget.Return(message.Size);
        }
    }

    /// <summary>The record is gone unconfirmed: nothing of this connection may be acknowledged any more.</summary>
    public void Abandon(long ticket)
    {
        lock (_lock)
        {
            _connection = null;
            _confirmed.Doubt();
        }

        Settle(ticket);
        Acknowledge();
    }

    /// <summary>Sends the PUBACKs of all that is settled up to the first message that is not.</summary>
    public void Acknowledge()
    {
        lock (_lock)
        {
            Release();
            SignalWhenSettled();
        }
    }

    /// <summary>Completes when no message is open and every PUBACK is with the connection.</summary>
    public Task WhenSettledAsync()
    {
        lock (_lock)
        {
            if (_queue.Count == 0)
            {
                return Task.CompletedTask;
            }

            _settled ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _settled.Task;
        }
    }

    private void SignalWhenSettled()
    {
        if (_settled is not null && _queue.Count == 0)
        {
            _settled.SetResult();
            _settled = null;
        }
    }

    private void Release()
    {
        int count;
        do
        {
            count = _queue.Release(_released);
            if (_connection is null)
            {
                NoteConfirmed(count);
            }
            else
            {
                Send(_connection, count);
            }
        } while (count == AcknowledgeBatch);
    }

    private void Send(IMqttConnection connection, int count)
    {
        for (var index = 0; index < count; index++)
        {
            _identifiers[index] = _released[index].PacketIdentifier;
        }

        connection.Acknowledge(_identifiers.AsSpan(0, count));
    }

    private void NoteConfirmed(int count)
    {
        foreach (var message in _released.AsSpan(0, count))
        {
            _confirmed.Add(message.PacketIdentifier, message.Fingerprint);
        }
    }

    private readonly record struct PendingMessage(ushort PacketIdentifier, int Size, int Fingerprint);
}
