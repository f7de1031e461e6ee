namespace Kalinka.Common.Mqtt;

/// <summary>SUBSCRIBE and UNSUBSCRIBE packets that wait for their answer, by packet identifier. Any thread.</summary>
internal sealed class PendingRequests(Outbox outbox, PacketIdentifiers identifiers, MqttGrant grant)
{
    // Guarded by the outbox's gate.
    private readonly Dictionary<ushort, TaskCompletionSource<MqttReasonCode>> _pending = [];

    /// <summary>Sends what <paramref name="encode"/> makes of a packet identifier, and waits for the answer.</summary>
    /// <exception cref="MqttException">The connection has ended, or the packet is larger than the broker takes.</exception>
    public Task<MqttReasonCode> SendAsync(Func<ushort, byte[]> encode, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var answer = new TaskCompletionSource<MqttReasonCode>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (outbox.Gate)
        {
            if (!outbox.IsOpen)
            {
                throw new MqttException("the connection has ended");
            }

            if (!identifiers.TryTake(out var packetIdentifier))
            {
                throw new MqttException("no packet identifier is free");
            }

            Send(encode(packetIdentifier), packetIdentifier, answer);
        }

        return answer.Task.WaitAsync(cancellationToken);
    }

    /// <summary>SUBACK or UNSUBACK. One that nobody waits for is ignored.</summary>
    public void Answer(ushort packetIdentifier, MqttReasonCode reason)
    {
        TaskCompletionSource<MqttReasonCode>? answer;
        lock (outbox.Gate)
        {
            if (!_pending.Remove(packetIdentifier, out answer))
            {
                return;
            }

            identifiers.Return(packetIdentifier);
        }

        answer.TrySetResult(reason);
    }

    /// <summary>Fails all that still wait; once the outbox is closed.</summary>
    public void Fail(MqttClose close)
    {
        lock (outbox.Gate)
        {
            foreach (var answer in _pending.Values)
            {
                answer.TrySetException(new MqttException(close.Description, close.Reason));
                _ = answer.Task.Exception; // Whoever gave up waiting will not look.
            }

            _pending.Clear();
        }
    }

    private void Send(byte[] packet, ushort packetIdentifier, TaskCompletionSource<MqttReasonCode> answer)
    {
        if (packet.Length > grant.MaximumPacketSize)
        {
            identifiers.Return(packetIdentifier);
            throw new MqttException("larger than the broker's Maximum Packet Size", MqttReasonCode.PacketTooLarge);
        }

        _pending.Add(packetIdentifier, answer);
        outbox.Add(packet);
    }
}
