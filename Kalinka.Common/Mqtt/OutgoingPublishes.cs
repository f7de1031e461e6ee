namespace Kalinka.Common.Mqtt;

/// <summary>
/// Publishes on their way: within the broker's Receive Maximum [MQTT-3.3.4-9], its Maximum Packet Size and our own bound of
/// memory. Any thread; what must happen at once happens under the outbox's gate.
/// </summary>
internal sealed class OutgoingPublishes(
    Outbox outbox,
    PacketIdentifiers identifiers,
    int window,
    uint maximumPacketSize,
    MqttVersion version
)
{
    // Guarded by the outbox's gate.
    private readonly InFlightPublishes _inFlight = new(identifiers.Free);
    private int _count;

    public int InFlight => Volatile.Read(ref _count);

    public long Oldest
    {
        get
        {
            lock (outbox.Gate)
            {
                return _inFlight.Oldest;
            }
        }
    }

    public PublishSubmission TryPublish(in OutgoingPublish publish, long token)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)publish.Qos, 1u, nameof(publish));
        var packet = new PublishPacket(publish, version);
        if (packet.Size > maximumPacketSize)
        {
            return PublishSubmission.TooLarge;
        }

        lock (outbox.Gate)
        {
            if (!outbox.IsOpen)
            {
                return PublishSubmission.Closed;
            }

            return TryQueue(packet, publish.Qos, token) ? PublishSubmission.Accepted : PublishSubmission.WindowFull;
        }
    }

    /// <summary>PUBACK. False for an identifier that is not in flight.</summary>
    public bool TryComplete(ushort packetIdentifier, out long token)
    {
        lock (outbox.Gate)
        {
            if (!_inFlight.TryRemove(packetIdentifier, out token))
            {
                return false;
            }

            identifiers.Return(packetIdentifier);
            _count = _inFlight.Count;
            return true;
        }
    }

    /// <summary>Once the outbox is closed: what is still in flight, oldest first.</summary>
    public bool TryAbandonOldest(out long token)
    {
        lock (outbox.Gate)
        {
            var any = _inFlight.TryRemoveOldest(out token);
            _count = _inFlight.Count;
            return any;
        }
    }

    private bool TryQueue(in PublishPacket packet, int qos, long token)
    {
        ushort packetIdentifier = 0;
        var size = (int)packet.Size;
        if (qos > 0 && _inFlight.Count >= window)
        {
            return false;
        }

        if (!outbox.HasRoom(size) || (qos > 0 && !identifiers.TryTake(out packetIdentifier)))
        {
            return false;
        }

        packet.WriteTo(outbox.Reserve(size), packetIdentifier);
        if (qos > 0)
        {
            _inFlight.Add(packetIdentifier, token);
            _count = _inFlight.Count;
        }

        return true;
    }
}
