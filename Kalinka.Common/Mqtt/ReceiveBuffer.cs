namespace Kalinka.Common.Mqtt;

/// <summary>
/// The bytes between the socket and the parsers, cut into packets in place. Receive thread only. It grows with the bytes
/// that have come, not with the length that a packet claims.
/// </summary>
internal sealed class ReceiveBuffer(int maximumPacketSize)
{
    private const int Initial = 256 * 1024;

    // What large messages may keep allocated between packets.
    private const int Kept = 1024 * 1024;

    // So little is moved to the front before every read, for the sake of long reads.
    private const int CheapMove = 4096;

    private byte[] _bytes = new byte[Initial];
    private int _start;
    private int _end;
    private int _packetSize;

    /// <summary>The first byte of what comes next, or -1 when nothing is there.</summary>
    public int Peek() => _start < _end ? _bytes[_start] : -1;

    /// <summary>Reads once, as much as there is; false at the end of the stream.</summary>
    public bool Fill(BrokerLink link)
    {
        MakeRoom();
        var count = link.Read(_bytes, _end, _bytes.Length - _end);
        _end += count;
        return count > 0;
    }

    /// <summary>Takes the next packet if all of it is there.</summary>
    /// <exception cref="ConnectionFaultException">The length is malformed or above the limit.</exception>
    public bool TryTake(out ReceivedPacket packet)
    {
        packet = default;
        var available = _bytes.AsSpan(_start, _end - _start);
        if (available.Length < 2 || !TryReadSize(available, out var headerSize) || available.Length < _packetSize)
        {
            return false;
        }

        packet = new ReceivedPacket(available[0], available[headerSize.._packetSize]);
        _start += _packetSize;
        _packetSize = 0;
        return true;
    }

    private bool TryReadSize(ReadOnlySpan<byte> available, out int headerSize)
    {
        var whole = VariableByteInteger.TryRead(available[1..], out var length, out var lengthSize);
        headerSize = 1 + lengthSize;
        if (!whole)
        {
            return lengthSize < 4 ? false : throw ConnectionFaultException.Malformed("remaining length of five bytes");
        }

        _packetSize = headerSize + (int)length;
        return _packetSize <= maximumPacketSize
            ? true
            : throw new ConnectionFaultException(
                MqttReasonCode.PacketTooLarge,
                $"the broker sent a packet of {_packetSize} bytes, more than our limit of {maximumPacketSize}"
            );
    }

    private void MakeRoom()
    {
        var pending = _end - _start;
        if (_start > 0 && (pending <= CheapMove || _start + _packetSize > _bytes.Length || _end == _bytes.Length))
        {
            _bytes.AsSpan(_start, pending).CopyTo(_bytes);
            (_start, _end) = (0, pending);
        }

        if (pending == 0 && _bytes.Length > Kept)
        {
            _bytes = new byte[Initial];
        }

        if (_end == _bytes.Length)
        {
            Array.Resize(ref _bytes, (int)Math.Min(_packetSize, 2L * _end));
        }
    }
}
