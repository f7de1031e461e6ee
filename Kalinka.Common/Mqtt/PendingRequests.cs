namespace Kalinka.Common.Mqtt;

/// <summary>SUBSCRIBE and UNSUBSCRIBE packets that wait for their answer, by packet identifier. Any thread.</summary>
internal sealed class PendingRequests(Outbox outbox, PacketIdentifiers identifiers, MqttGrant grant)
{
    // Guarded by the outbox's gate.
    private readonly Dictionary<ushort, TaskCompletionSource<MqttReasonCode>> _pending = [];

    /// <summary>Sends what <paramref name="encode"/> makes of a packet identifier, and waits for the answer.</summary>
    /// <exception cref="MqttException">The connection has ended, or the packet cannot be sent to this broker.</exception>
    public async Task<MqttReasonCode> SendAsync(Func<ushort, byte[]> encode, CancellationToken cancellationToken)
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

            // Registered first: an answer cannot come before the gate is left. What cannot be sent leaves no trace.
            _pending.Add(packetIdentifier, answer);
            try
            {
                outbox.Add(Checked(encode(packetIdentifier)));
            }
            catch (MqttException)
            {
                _pending.Remove(packetIdentifier);
                identifiers.Return(packetIdentifier);
                throw;
            }
        }

        // Who gives up waiting leaves the identifier taken until the broker has answered.
        return await answer.Task.WaitAsync(cancellationToken);
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

    private byte[] Checked(byte[] packet) =>
        packet.Length <= grant.MaximumPacketSize
            ? packet
            : throw new MqttException("larger than the broker's Maximum Packet Size", MqttReasonCode.PacketTooLarge);
}
