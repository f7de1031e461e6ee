using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>
/// Subscribes one seat: the filters of the rules, without which it is of no use, then those of its observers. One filter
/// per SUBSCRIBE, each after the SUBACK of the one before: a broker that gets two shared filters in one packet may strand
/// messages.
/// </summary>
/// <param name="ofRules">With plain filters.</param>
/// <param name="number">Of the seat.</param>
internal sealed class SeatSubscriptions(
    IReadOnlyList<MqttSubscription> ofRules,
    string shareName,
    int number,
    Sharing sharing,
    SeatObservers observers
)
{
    // Of plain filters that need none for the rules' sake: a broker may send one copy for them and for an observer's.
    private const uint PlainIdentifier = 268_435_455;

    /// <summary>Why an unused seat has no connection.</summary>
    public const string Unused = "the broker has no shared subscriptions: seat 0 reads it alone";

    // How often the connection may end on a filter of an observer before it is left out.
    private const int Patience = 2;

    // Of whoever serves. The observers' filter that waits for its SUBACK, or that the last connection ended on.
    private int _asked = -1;
    private int _endings;
    private readonly HashSet<int> _leftOut = [];

    /// <summary>The broker has no shared subscriptions, and the seat is not the one that reads alone.</summary>
    public bool IsUnused => sharing.IsPlain && number > 0;

    /// <summary>The first of the rules' filters that was granted with less than was asked for, and with what; null: none.</summary>
    public string? Shortcoming { get; private set; }

    /// <returns>Null when the rules' filters are all granted, else why not.</returns>
    /// <exception cref="MqttException">The connection ended first.</exception>
    public async Task<string?> SubscribeAsync(IMqttConnection connection, CancellationToken cancellationToken)
    {
        Shortcoming = null;
        sharing.Note(connection.Grant);
        if (await SubscribeRulesAsync(connection, cancellationToken) is { } refusal)
        {
            return refusal;
        }

        await SubscribeObserversAsync(connection, cancellationToken);
        return null;
    }

    private async Task<string?> SubscribeRulesAsync(IMqttConnection connection, CancellationToken cancellationToken)
    {
        foreach (var (index, subscription) in ofRules.Index())
        {
            var reason = IsUnused
                ? MqttReasonCode.SharedSubscriptionsNotSupported
                : await connection.SubscribeAsync(Formed(connection, subscription), cancellationToken);
            if (index == 0 && !sharing.IsPlain && sharing.MayBePlain(reason))
            {
                reason = await TryPlainAsync(connection, subscription, reason, cancellationToken);
            }

            if (reason >= MqttReasonCode.UnspecifiedError)
            {
                return IsUnused
                    ? Unused
                    : $"the broker refused to subscribe {Formed(connection, subscription).Filter}: {reason}";
            }

            Shortcoming ??= Intake.Shortcoming.Of(Formed(connection, subscription).Filter, reason);
        }

        return null;
    }

    // Whether it was the sharing that was refused, the plain filter tells; on seat 0 only, which would read by it.
    private async Task<MqttReasonCode> TryPlainAsync(
        IMqttConnection connection,
        MqttSubscription subscription,
        MqttReasonCode refusal,
        CancellationToken cancellationToken
    )
    {
        if (number > 0)
        {
            if (refusal == MqttReasonCode.SharedSubscriptionsNotSupported)
            {
                sharing.FoundPlain();
            }

            return refusal;
        }

        var reason = await connection.SubscribeAsync(Plain(connection, subscription), cancellationToken);
        if (reason < MqttReasonCode.UnspecifiedError)
        {
            sharing.FoundPlain();
        }

        return reason;
    }

    private MqttSubscription Formed(IMqttConnection connection, MqttSubscription subscription) =>
        sharing.IsPlain
            ? Plain(connection, subscription)
            : subscription with
            {
                Filter = $"$share/{shareName}/{subscription.Filter}",
            };

    private static MqttSubscription Plain(IMqttConnection connection, MqttSubscription subscription) =>
        connection.Grant.SubscriptionIdentifiers
            ? subscription with
            {
                Identifier = subscription.Identifier ?? PlainIdentifier,
            }
            : subscription;

    private async Task SubscribeObserversAsync(IMqttConnection connection, CancellationToken cancellationToken)
    {
        for (var number = 0; number < observers.Subscriptions.Count; number++)
        {
            observers.OnSubscribed(
                number,
                _leftOut.Contains(number) ? null : await AskAsync(connection, number, cancellationToken)
            );
        }
    }

    // Some brokers answer what a client may not do by closing the connection: that must not keep the seat from its messages.
    private async Task<MqttReasonCode> AskAsync(
        IMqttConnection connection,
        int number,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var subscription = observers.Subscriptions[number];
            return await connection.SubscribeAsync(
                connection.Grant.SubscriptionIdentifiers ? subscription : subscription with { Identifier = null },
                cancellationToken
            );
        }
        catch (MqttException)
        {
            _endings = _asked == number ? _endings + 1 : 1;
            _asked = number;
            if (_endings == Patience)
            {
                _leftOut.Add(number);
            }

            throw;
        }
    }
}
