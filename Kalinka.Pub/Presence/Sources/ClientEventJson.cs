using System.Text.Json;

namespace Kalinka.Pub.Presence.Sources;

/// <summary>
/// The fields that EMQX, RMQTT, NanoMQ and AWS IoT put into their events. What stands below the outer object is passed over.
/// </summary>
internal ref struct ClientEventJson
{
    public JsonText ClientId;
    public JsonText Reason;
    public JsonText Status;
    public JsonText Address;
    public long ConnectedAt;
    public long DisconnectedAt;
    public long Timestamp;

    private int _seen;

    private enum Field
    {
        None,
        ClientId,
        Reason,
        Status,
        Address,
        ConnectedAt,
        DisconnectedAt,
        Timestamp,
    }

    /// <returns>
    /// Null when it could be read. A field that stands there twice is ambiguous: some brokers put names into their JSON
    /// without escaping them.
    /// </returns>
    public static Ignored? Read(ReadOnlySpan<byte> payload, out ClientEventJson fields)
    {
        fields = default;
        try
        {
            return fields.ReadObject(payload);
        }
        catch (JsonException)
        {
            return Ignored.Malformed;
        }
        catch (InvalidOperationException)
        {
            // A name with half a surrogate pair.
            return Ignored.Malformed;
        }
    }

    private Ignored? ReadObject(ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            return Ignored.Malformed;
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf(ref reader);
            reader.Read();
            if (field != Field.None)
            {
                if ((_seen & (1 << (int)field)) != 0)
                {
                    return Ignored.Ambiguous;
                }

                _seen |= 1 << (int)field;
                Keep(field, payload, ref reader);
            }

            reader.Skip();
        }

        // A second document behind the first is none of ours either.
        return reader.TokenType == JsonTokenType.EndObject && !reader.Read() ? null : Ignored.Malformed;
    }

    private static Field FieldOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("clientid"u8)
        || reader.ValueTextEquals("client_id"u8)
        || reader.ValueTextEquals("clientId"u8)
            ? Field.ClientId
        : reader.ValueTextEquals("reason"u8) ? Field.Reason
        : reader.ValueTextEquals("status"u8) ? Field.Status
        : reader.ValueTextEquals("ipaddress"u8) ? Field.Address
        : reader.ValueTextEquals("connected_at"u8) ? Field.ConnectedAt
        : reader.ValueTextEquals("disconnected_at"u8) ? Field.DisconnectedAt
        : reader.ValueTextEquals("ts"u8) ? Field.Timestamp
        : Field.None;

    private void Keep(Field field, ReadOnlySpan<byte> payload, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            var text = new JsonText(payload[(int)reader.TokenStartIndex..(int)reader.BytesConsumed]);
            switch (field)
            {
                case Field.ClientId:
                    ClientId = text;
                    break;
                case Field.Reason:
                    Reason = text;
                    break;
                case Field.Status:
                    Status = text;
                    break;
                case Field.Address:
                    Address = text;
                    break;
            }
        }
        else if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number > 0)
        {
            switch (field)
            {
                case Field.ConnectedAt:
                    ConnectedAt = number;
                    break;
                case Field.DisconnectedAt:
                    DisconnectedAt = number;
                    break;
                case Field.Timestamp:
                    Timestamp = number;
                    break;
            }
        }
    }
}
