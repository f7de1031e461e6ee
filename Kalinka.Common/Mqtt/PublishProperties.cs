using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Kalinka.Common.Mqtt;

/// <summary>
/// The properties of a PUBLISH [MQTT-3.3.2.3], read in place. The bytes must have passed
/// <see cref="TryValidate"/>; looking one up walks the block, which is short.
/// </summary>
public readonly ref struct PublishProperties(ReadOnlySpan<byte> block)
{
    private readonly ReadOnlySpan<byte> _block = block;

    public bool IsEmpty => _block.IsEmpty;

    /// <summary>The bytes themselves, for a copy.</summary>
    public ReadOnlySpan<byte> Block => _block;

    /// <summary>0 unspecified bytes, 1 UTF-8; null when not given.</summary>
    public byte? PayloadFormat => TryFind(PropertyId.PayloadFormatIndicator, out var value) ? value[0] : null;

    /// <summary>Message Expiry Interval in seconds.</summary>
    public uint? ExpirySeconds =>
        TryFind(PropertyId.MessageExpiryInterval, out var value) ? BinaryPrimitives.ReadUInt32BigEndian(value) : null;

    public bool TryGetContentType(out ReadOnlySpan<byte> value) => TryFind(PropertyId.ContentType, out value);

    public bool TryGetResponseTopic(out ReadOnlySpan<byte> value) => TryFind(PropertyId.ResponseTopic, out value);

    public bool TryGetCorrelationData(out ReadOnlySpan<byte> value) => TryFind(PropertyId.CorrelationData, out value);

    /// <summary>The value of the first user property of that name.</summary>
    public bool TryGetUserProperty(ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        foreach (var property in this)
        {
            if (property.Id == PropertyId.UserProperty && property.Name.SequenceEqual(name))
            {
                value = property.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    /// <summary>All properties in their order.</summary>
    public Enumerator GetEnumerator() => new(_block);

    /// <summary>Whether the block holds only properties that a PUBLISH may have, each whole and as often as allowed.</summary>
    public static bool TryValidate(ReadOnlySpan<byte> block, [NotNullWhen(false)] out string? error)
    {
        var seen = 0UL;
        while (!block.IsEmpty)
        {
            if (!PublishProperty.TryRead(block, out var property, out var length))
            {
                error = $"malformed or foreign property 0x{block[0]:X2} in PUBLISH";
                return false;
            }

            var bit = 1UL << (int)property.Id;
            var repeatable = property.Id is PropertyId.UserProperty or PropertyId.SubscriptionIdentifier;
            if (!repeatable && (seen & bit) != 0)
            {
                error = $"property 0x{block[0]:X2} twice in PUBLISH";
                return false;
            }

            seen |= bit;
            block = block[length..];
        }

        error = null;
        return true;
    }

    private bool TryFind(PropertyId id, out ReadOnlySpan<byte> value)
    {
        foreach (var property in this)
        {
            if (property.Id == id)
            {
                value = property.Value;
                return true;
            }
        }

        value = default;
        return false;
    }

    public ref struct Enumerator(ReadOnlySpan<byte> block)
    {
        private ReadOnlySpan<byte> _rest = block;

        public PublishProperty Current { get; private set; }

        public bool MoveNext()
        {
            if (_rest.IsEmpty || !PublishProperty.TryRead(_rest, out var property, out var length))
            {
                return false;
            }

            Current = property;
            _rest = _rest[length..];
            return true;
        }
    }
}

/// <summary>Identifiers of the properties that a PUBLISH may carry [MQTT-2.2.2.2].</summary>
public enum PropertyId : byte
{
    PayloadFormatIndicator = 0x01,
    MessageExpiryInterval = 0x02,
    ContentType = 0x03,
    ResponseTopic = 0x08,
    CorrelationData = 0x09,
    SubscriptionIdentifier = 0x0B,
    TopicAlias = 0x23,
    UserProperty = 0x26,
}

/// <summary>One property, in place.</summary>
public readonly ref struct PublishProperty
{
    public PropertyId Id { get; private init; }

    /// <summary>Of a user property; else empty.</summary>
    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>The value as it is on the wire, without its length.</summary>
    public ReadOnlySpan<byte> Value { get; private init; }

    /// <summary>Of a Subscription Identifier; else 0.</summary>
    public uint Number { get; private init; }

    internal static bool TryRead(ReadOnlySpan<byte> block, out PublishProperty property, out int length)
    {
        property = default;
        length = 0;
        var id = (PropertyId)block[0];
        var rest = block[1..];
        switch (id)
        {
            case PropertyId.PayloadFormatIndicator:
                return TryFixed(id, rest, 1, out property, out length) && property.Value[0] <= 1;
            case PropertyId.MessageExpiryInterval:
                return TryFixed(id, rest, 4, out property, out length);
            case PropertyId.TopicAlias:
                return TryFixed(id, rest, 2, out property, out length);
            case PropertyId.ContentType or PropertyId.ResponseTopic or PropertyId.CorrelationData:
                return TryString(id, rest, out property, out length);
            case PropertyId.SubscriptionIdentifier:
                return TryNumber(rest, out property, out length);
            case PropertyId.UserProperty:
                return TryPair(rest, out property, out length);
            default:
                return false;
        }
    }

    private static bool TryFixed(
        PropertyId id,
        ReadOnlySpan<byte> rest,
        int size,
        out PublishProperty property,
        out int length
    )
    {
        property = rest.Length < size ? default : new PublishProperty { Id = id, Value = rest[..size] };
        length = 1 + size;
        return rest.Length >= size;
    }

    private static bool TryString(PropertyId id, ReadOnlySpan<byte> rest, out PublishProperty property, out int length)
    {
        var whole = TryPrefixed(rest, out var value);
        property = new PublishProperty { Id = id, Value = value };
        length = 3 + value.Length;
        return whole;
    }

    private static bool TryPair(ReadOnlySpan<byte> rest, out PublishProperty property, out int length)
    {
        property = default;
        length = 0;
        if (!TryPrefixed(rest, out var name) || !TryPrefixed(rest[(2 + name.Length)..], out var value))
        {
            return false;
        }

        property = new PublishProperty
        {
            Id = PropertyId.UserProperty,
            Name = name,
            Value = value,
        };
        length = 5 + name.Length + value.Length;
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<byte> rest, out PublishProperty property, out int length)
    {
        var whole = VariableByteInteger.TryRead(rest, out var number, out var size) && number > 0;
        property = whole
            ? new PublishProperty
            {
                Id = PropertyId.SubscriptionIdentifier,
                Value = rest[..size],
                Number = number,
            }
            : default;
        length = 1 + size;
        return whole;
    }

    private static bool TryPrefixed(ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (rest.Length < 2)
        {
            return false;
        }

        var size = BinaryPrimitives.ReadUInt16BigEndian(rest);
        if (rest.Length < 2 + size)
        {
            return false;
        }

        value = rest.Slice(2, size);
        return true;
    }
}
