using Kalinka.Common.Mqtt;

namespace Kalinka.Pub.Intake;

/// <summary>
/// Subscribes one seat: the filters of the rules, without which it is of no use, then those of its observers. One filter
/// per SUBSCRIBE, each after the SUBACK of the one before: a broker that gets two shared filters in one packet may strand
/// messages.
/// </summary>
internal sealed class SeatSubscriptions(IReadOnlyList<MqttSubscription> ofRules, SeatObservers observers)
{
    // How often the connection may end on a filter of an observer before it is left out.
    private const int Patience = 2;

    // Of whoever serves. The observers' filter that waits for its SUBACK, or that the last connection ended on.
    private int _asked = -1;
    private int _endings;
    private readonly HashSet<int> _leftOut = [];

    /// <returns>Null when the rules' filters are all granted, else why not.</returns>
    /// <exception cref="MqttException">The connection ended first.</exception>
    public async Task<string?> SubscribeAsync(IMqttConnection connection, CancellationToken cancellationToken)
    {
        foreach (var subscription in ofRules)
        {
            var reason = await connection.SubscribeAsync(subscription, cancellationToken);
            if (reason >= MqttReasonCode.UnspecifiedError)
            {
                return $"the broker refused to subscribe {subscription.Filter}: {reason}";
            }
        }

        await SubscribeObserversAsync(connection, cancellationToken);
        return null;
    }

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
