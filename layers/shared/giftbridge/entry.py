"""What the worker functions share: a batch of doorbells, or one event of another kind."""

from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from giftbridge import bootstrap
from giftbridge.jobs import dispatch
from giftbridge.logs import Handler, entry_point, logger, told


def worker(queue: str) -> Handler:
    """The handler of the function that consumes `queue`."""
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def on_message(record: SQSRecord) -> None:
        try:
            dispatch.doorbell(bootstrap.app(), queue, record.body)
        except Exception as error:
            logger.error("message failed", extra=told(error))
            bootstrap.count("Bugs", 1)
            bootstrap.app().doorbells.hasten(queue, record.receipt_handle)
            raise

    @entry_point
    def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        logger.append_keys(queue=queue)
        if "Records" not in event:
            return dispatch.direct(bootstrap.app(), queue, event)
        return dict(
            process_partial_response(event=event, record_handler=on_message, processor=processor, context=context)
        )

    return handler
