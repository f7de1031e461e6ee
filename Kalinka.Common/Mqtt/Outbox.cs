using System.Buffers.Binary;

namespace Kalinka.Common.Mqtt;

/// <summary>
/// What waits for the writer thread. Any thread adds; the writer takes all that has gathered at once, while the next
/// gathers in a second buffer.
/// </summary>
internal sealed class Outbox(int limit)
{
    // Guarded by Gate.
    private GatherBuffer _gathering = new(limit);
    private GatherBuffer _writing = new(limit);
    private State _state = State.Open;
    private bool _writerWaits;
    private bool _roomWanted;

    private enum State
    {
        Open,

        /// <summary>Nothing more is added; what is there is written, then the writer ends.</summary>
        Finishing,

        /// <summary>The writer ends at once.</summary>
        Closed,
    }

    /// <summary>Held for longer than one call where several things must happen at once.</summary>
    public object Gate { get; } = new();

    public bool IsOpen
    {
        get
        {
            lock (Gate)
            {
                return _state == State.Open;
            }
        }
    }

    /// <summary>
    /// Whether a packet of that size may still wait here; a large one may when nothing else does. After false the writer
    /// says when there is room.
    /// </summary>
    public bool HasRoom(long size)
    {
        lock (Gate)
        {
            var fits = _gathering.Count == 0 || _gathering.Count + size <= limit;
            _roomWanted |= !fits;
            return fits;
        }
    }

    /// <summary>Room for a packet, to be filled while <see cref="Gate"/> is held.</summary>
    public Span<byte> Reserve(int size)
    {
        var reserved = _gathering.Reserve(size);
        if (_writerWaits)
        {
            _writerWaits = false;
            Monitor.Pulse(Gate);
        }

        return reserved;
    }

    /// <summary>Adds a whole packet; nothing once closed.</summary>
    public void Add(ReadOnlySpan<byte> packet)
    {
        lock (Gate)
        {
            if (_state == State.Open)
            {
                packet.CopyTo(Reserve(packet.Length));
            }
        }
    }

    /// <summary>Adds a PUBACK for each, in this order; nothing once closed.</summary>
    public void AddPubAcks(ReadOnlySpan<ushort> packetIdentifiers)
    {
        lock (Gate)
        {
            if (_state != State.Open || packetIdentifiers.IsEmpty)
            {
                return;
            }

            var target = Reserve(4 * packetIdentifiers.Length);
            foreach (var packetIdentifier in packetIdentifiers)
            {
                // Type, remaining length 2, packet identifier; reason code 0x00 is left out [MQTT-3.4.2.1].
                var pubAck = ((uint)PacketType.PubAck << 28) | (2u << 16) | packetIdentifier;
                BinaryPrimitives.WriteUInt32BigEndian(target, pubAck);
                target = target[4..];
            }
        }
    }

    /// <summary>Adds the last packet of the connection, if it is still open; then the writer ends.</summary>
    public void Finish(ReadOnlySpan<byte> lastPacket)
    {
        lock (Gate)
        {
            Add(lastPacket);
            _state = _state == State.Closed ? State.Closed : State.Finishing;
            Monitor.Pulse(Gate);
        }
    }

    public void Close()
    {
        lock (Gate)
        {
            _state = State.Closed;
            Monitor.Pulse(Gate);
        }
    }

    /// <summary>
    /// Writer thread: waits for bytes, which are its own until the next call. False when there will be none any more.
    /// </summary>
    public bool TryTake(out ArraySegment<byte> gathered, out bool roomWanted)
    {
        lock (Gate)
        {
            while (_gathering.Count == 0 && _state == State.Open)
            {
                _writerWaits = true;
                Monitor.Wait(Gate);
            }

            (_gathering, _writing) = (_writing, _gathering);
            _gathering.Clear();
            gathered = _writing.Gathered;
            (roomWanted, _roomWanted) = (_roomWanted, false);
            return _state != State.Closed && gathered.Count > 0;
        }
    }
}
