using System.Buffers;
using System.Text.Json;

namespace Kalinka.Common.Directory;

/// <summary>
/// What an entry says beside the broker's name: a JSON object of Unix milliseconds, <c>{"since":...,"lastSeen":...,
/// "offlineSince":...}</c>. 0 stands for what is not there.
/// </summary>
/// <param name="Since">The client has been on this broker since then.</param>
/// <param name="LastSeen">It was there then; coarse, so that traffic does not become as many writes.</param>
/// <param name="OfflineSince">It has left; its session may still queue for it.</param>
public readonly record struct LocationDetails(long Since = 0, long LastSeen = 0, long OfflineSince = 0)
{
    // The end of what 48 bits hold; in the year 10889.
    private const long Latest = (1L << 48) - 1;

    public bool IsEmpty => this == default;

    /// <summary>Takes what it understands; anything else, be it no JSON at all, counts as nothing.</summary>
    public static LocationDetails Read(ReadOnlySpan<byte> utf8)
    {
        var details = default(LocationDetails);
        try
        {
            var reader = new Utf8JsonReader(utf8);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                return default;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                details = details.With(ref reader);
            }

            return reader.TokenType == JsonTokenType.EndObject ? details : default;
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>The JSON object; nothing for empty details.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        if (IsEmpty)
        {
            return;
        }

        using var json = new Utf8JsonWriter(output);
        json.WriteStartObject();
        WriteTime(json, "since"u8, Since);
        WriteTime(json, "lastSeen"u8, LastSeen);
        WriteTime(json, "offlineSince"u8, OfflineSince);
        json.WriteEndObject();
    }

    private static void WriteTime(Utf8JsonWriter json, ReadOnlySpan<byte> name, long time)
    {
        if (time != 0)
        {
            json.WriteNumber(name, time);
        }
    }

    private LocationDetails With(ref Utf8JsonReader reader)
    {
        var (since, lastSeen, offlineSince) = (
            reader.ValueTextEquals("since"u8),
            reader.ValueTextEquals("lastSeen"u8),
            reader.ValueTextEquals("offlineSince"u8)
        );
        reader.Read();
        reader.Skip();
        var isTime =
            reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var time) && time is > 0 and <= Latest;
        if (!isTime)
        {
            return this;
        }

        var value = reader.GetInt64();
        return since ? this with { Since = value }
            : lastSeen ? this with { LastSeen = value }
            : offlineSince ? this with { OfflineSince = value }
            : this;
    }
}
