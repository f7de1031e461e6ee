using System.Buffers.Binary;

namespace Kalinka.Common.Mqtt;

/// <summary>
/// Encodes properties for <see cref="OutgoingPublish.Properties"/> into one block that is used again for the next
/// message. One thread at a time. Parts longer than 65,535 bytes are refused.
/// </summary>
public sealed class PublishPropertiesWriter
{
    private byte[] _block = new byte[512];
    private int _length;

    public ReadOnlySpan<byte> Written => _block.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void AddPayloadFormat(byte value)
    {
        var target = Reserve(2);
        target[0] = (byte)PropertyId.PayloadFormatIndicator;
        target[1] = value;
    }

    public bool TryAddContentType(ReadOnlySpan<byte> value) => TryAdd(PropertyId.ContentType, value);

    public bool TryAddResponseTopic(ReadOnlySpan<byte> value) => TryAdd(PropertyId.ResponseTopic, value);

    public bool TryAddCorrelationData(ReadOnlySpan<byte> value) => TryAdd(PropertyId.CorrelationData, value);

    public bool TryAddUserProperty(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        if (name.Length > ushort.MaxValue || value.Length > ushort.MaxValue)
        {
            return false;
        }

        var target = Reserve(5 + name.Length + value.Length);
        target[0] = (byte)PropertyId.UserProperty;
        WritePrefixed(target[1..], name);
        WritePrefixed(target[(3 + name.Length)..], value);
        return true;
    }

    private bool TryAdd(PropertyId id, ReadOnlySpan<byte> value)
    {
        if (value.Length > ushort.MaxValue)
        {
            return false;
        }

        var target = Reserve(3 + value.Length);
        target[0] = (byte)id;
        WritePrefixed(target[1..], value);
        return true;
    }

    private Span<byte> Reserve(int size)
    {
        if (_block.Length - _length < size)
        {
            Array.Resize(ref _block, Math.Max(_block.Length * 2, _length + size));
        }

        var reserved = _block.AsSpan(_length, size);
        _length += size;
        return reserved;
    }

    private static void WritePrefixed(Span<byte> target, ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(target, (ushort)value.Length);
        value.CopyTo(target[2..]);
    }
}
