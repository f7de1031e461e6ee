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

    /// <summary>Of AWS IoT: which connection of the client it is, from 0 on; null when not told.</summary>
    public long? Version;

    /// <summary>Of AWS IoT.</summary>
    public JsonText Session;

    public long ConnectedAt;
    public long DisconnectedAt;
    public long Timestamp;

    private int _seen;
    private bool _refused;

    /// <summary>
    /// The broker let the client not in: EMQX 3 and NanoMQ tell of that as of a connect, with the return code of the CONNACK.
    /// </summary>
    public readonly bool Refused => _refused;

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
        EventTime,
        EventType,
        DisconnectReason,
        Session,
        Version,
        ReturnCode,
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
        : reader.ValueTextEquals("timestamp"u8) ? Field.EventTime
        : reader.ValueTextEquals("eventType"u8) ? Field.EventType
        : reader.ValueTextEquals("disconnectReason"u8) ? Field.DisconnectReason
        : reader.ValueTextEquals("sessionIdentifier"u8) ? Field.Session
        : reader.ValueTextEquals("versionNumber"u8) ? Field.Version
        : reader.ValueTextEquals("connack"u8) || reader.ValueTextEquals("return_code"u8) ? Field.ReturnCode
        : Field.None;

    private void Keep(Field field, ReadOnlySpan<byte> payload, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            KeepText(field, new JsonText(payload[(int)reader.TokenStartIndex..(int)reader.BytesConsumed]));
        }
        else if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var number) && number >= 0)
        {
            KeepNumber(field, number);
        }
    }

    private void KeepText(Field field, JsonText text)
    {
        switch (field)
        {
            case Field.ClientId:
                ClientId = text;
                break;
            case Field.Reason or Field.DisconnectReason:
                Reason = text;
                break;
            case Field.Status or Field.EventType:
                Status = text;
                break;
            case Field.Address:
                Address = text;
                break;
            case Field.Session:
                Session = text;
                break;
            case Field.ReturnCode:
                _refused = !text.Is("0"u8);
                break;
        }
    }

    private void KeepNumber(Field field, long number)
    {
        switch (field)
        {
            case Field.ConnectedAt:
                ConnectedAt = number;
                break;
            case Field.DisconnectedAt:
                DisconnectedAt = number;
                break;
            case Field.Timestamp or Field.EventTime:
                Timestamp = number;
                break;
            case Field.Version:
                Version = number;
                break;
            case Field.ReturnCode:
                _refused = number != 0;
                break;
        }
    }
}
